"""Two truths compared: ours and the bank's."""

from __future__ import annotations

from proto.payments import PaymentFailed, PaymentRefunded, PaymentSucceeded
from tests.payments.paying import DECLINED, Till
from tests.waiting import until


async def test_a_capture_nobody_told_us_of(counter: Till) -> None:
    """The bank has money of a payment that failed here: it is written down and goes back."""
    command = counter.pay(DECLINED)
    await counter.ask(command)
    sql = "update charges set state = 'captured', captured = amount where key = %s"
    await counter.do(sql, command.payment_id, of="pos")
    await counter.do("update payments set compared_at = null where id = %s", command.payment_id)
    await counter.becomes(command.payment_id, "failed", captured=5_000, refunded=5_000)
    await counter.books_agree(command, 0)
    await counter.system.heard.told(command.payment_id, PaymentFailed, PaymentSucceeded, PaymentRefunded)


async def test_a_capture_the_bank_denies(counter: Till) -> None:
    """Nothing is repaired backwards: it is counted for a person to look at."""
    command = counter.pay()
    await counter.ask(command)
    sql = "update charges set state = 'voided', captured = 0 where key = %s"
    await counter.do(sql, command.payment_id, of="pos")
    await counter.do("update payments set compared_at = null where id = %s", command.payment_id)

    async def compared() -> bool:
        return (await counter.row(command.payment_id))["compared_at"] is not None

    await until(compared)
    row = await counter.row(command.payment_id)
    assert (row["status"], row["captured"]) == ("succeeded", 5_000)

    async def counted() -> bool:
        metrics = (await counter.system.client.get("/metrics")).text
        return any(
            line.startswith("aisle_payments_disputed") and not line.endswith(" 0.0") for line in metrics.splitlines()
        )

    await until(counted)
