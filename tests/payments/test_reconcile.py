"""Two truths compared: ours and the bank's."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace
from structlog import get_logger

from internal.payments.asking import Asking
from internal.payments.providers.interface import Outcome, PaymentRef, Provider, ProviderDown
from internal.payments.reconcile import PaymentReconciler
from internal.payments.recording import Recording
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from proto.payments import PaymentFailed, PaymentRefunded, PaymentSucceeded
from proto.reconcile import Difference
from tests.conftest import Addresses
from tests.payments.paying import DECLINED, Till, till

# and no webhook wakes a payment that the test has changed behind its back
SELDOM = {"AISLE_PAYMENTS_RECONCILE_EVERY": "3600", "AISLE_PAYMENTS_WEBHOOK_URL": "http://127.0.0.1:9"}


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
    """Nothing is repaired backwards: it is told, and told again, for a person to look at."""
    command = counter.pay()
    await counter.ask(command)
    sql = "update charges set state = 'voided', captured = 0 where key = %s"
    await counter.do(sql, command.payment_id, of="pos")
    expected = Difference(thing=command.payment_id, found="5000 EUR captured", expected="canceled at mock")
    for _ in range(2):
        assert expected in (await counter.reconciled(repair=True))["payments"].differences
    row = await counter.row(command.payment_id)
    assert (row["status"], row["captured"]) == ("succeeded", 5_000)


async def test_what_only_looks_repairs_nothing(servers: Addresses, tmp_path: Path) -> None:
    """It tells, and leaves it to the loop or to a look that repairs, which writes down what the bank has."""
    async with till(servers, tmp_path, environment=SELDOM) as counter:
        command = counter.pay(DECLINED)
        await counter.ask(command)
        sql = "update charges set state = 'captured', captured = amount where key = %s"
        await counter.do(sql, command.payment_id, of="pos")
        differs = Difference(thing=command.payment_id, found="failed", expected="succeeded at mock")
        for _ in range(2):
            assert (await counter.reconciled())["payments"].differences == [differs]
        assert (await counter.row(command.payment_id))["status"] == "failed"
        assert (await counter.reconciled(repair=True))["payments"].differences == [replace(differs, repaired=True)]
        await counter.becomes(command.payment_id, "failed", captured=5_000, refunded=5_000)
        assert (await counter.reconciled())["payments"].total == 0


async def test_what_the_bank_has_and_we_never_had(counter: Till) -> None:
    """A charge and a refund without rows, as after a restored backup, are told with what they are worth."""
    command = counter.pay()
    await counter.ask(command)
    lost, refund = new_id("pay"), new_id("refund")
    sql = (
        'insert into charges (key, id, "order", amount, currency, state, behaviour, captured)'
        " select %s, %s, %s, amount, currency, state, behaviour, captured from charges where key = %s"
    )
    await counter.do(sql, lost, new_id("ch"), new_id("order"), command.payment_id, of="pos")
    sql = "insert into refunds (key, id, charge_key, amount, state) values (%s, %s, %s, 100, 'succeeded')"
    await counter.do(sql, refund, new_id("re"), command.payment_id, of="pos")
    look = (await counter.reconciled(repair=True))["payments-books"]
    found = {one.thing: (one.found, one.expected, one.repaired) for one in look.differences}
    assert found[lost] == ("nothing", "a charge of 5000 EUR, captured at mock", False)
    assert found[refund] == ("nothing", "a refund of 100 EUR, succeeded at mock", False)
    assert command.payment_id not in found


class Odd:
    """A provider that has a bug about one payment, and the money of all others."""

    name = "mock"

    def __init__(self, broken: str) -> None:
        self._broken = broken

    async def look_up(self, payment: PaymentRef) -> Outcome:
        if payment.payment_id == self._broken:
            raise KeyError(payment.payment_id)
        return Outcome(state="succeeded")


async def test_one_payment_does_not_stop_the_round(servers: Addresses, tmp_path: Path) -> None:
    """Whatever its provider raises, the others are compared; if nobody is answered at all, that is said."""
    async with till(servers, tmp_path, environment=SELDOM) as counter:
        broken, well = counter.pay(DECLINED), counter.pay(DECLINED)
        for command in (broken, well):
            await counter.ask(command)
        database, log = Database(counter.system.databases["payments"], "payments", get_logger()), get_logger()
        await database.open()
        try:
            providers = {"mock": cast("Provider", Odd(broken.payment_id))}
            recording = Recording(database)
            asking = Asking(
                database,
                providers,
                recording,
                log,
                lease=18.0,
                never_begun_after=30.0,
                given_up_after=60.0,
                webhook_url="",
            )
            reconciler = PaymentReconciler(database, asking, recording)
            (found,) = await reconciler.run_once(repair=True)
            assert (found.thing, found.repaired) == (well.payment_id, True)
            await counter.do("update payments set provider = '' where id = %s", well.payment_id)
            with pytest.raises(ProviderDown):
                await reconciler.run_once(repair=True)
        finally:
            await database.close()
