r"""The money: what is to be paid, what was captured, what went back.

Owns payments, refunds, the ledger, and the webhooks that it was sent. Never a card: its number passes through one call
to the provider, and only its brand and last four digits are kept.

A payment only goes forward, and whatever order answers, webhooks and looks come in, it ends alike:

    created ----> requires_action ----> processing ----> authorized ----> succeeded
       |  \            (3-D Secure)                            the pivot: captured
       |   unknown: an answer was lost; ask again under the same key, never charge anew
       +--------------------------> failed (declined) | canceled (given up, then voided)
                                         |
                                         +-- captured all the same: the whole goes back by itself

A refund: pending -> succeeded | failed; and succeeded -> pending, if the buyer's bank sends the money back. What is
pending counts as gone, so that two never overlap. One that somebody waits for and the provider refused for good, that
came back, or whose provider is gone or cannot say what it did, is owed until a person has given it back: by hand it has
succeeded, too, and in the ledger the provider still has its money.

In:   rpc.payments.pay, .get, .cancel, .refund, and for people .owed, .settle_refund; POST /webhooks/{provider}
Out:  payments.action_required, .succeeded, .failed, .canceled, .refunded, .refund.failed

What must hold:
    1. The intent is a committed row before a provider hears of it; our id is the provider's idempotency key.
    2. captured is 0 or the amount; refunded <= refunding <= captured: Postgres checks it.
    3. Money captured for a payment that was given up goes back without anybody asking (`recording.write`).
    4. Every posting of the ledger is balanced at commit, and is never changed; of an order,
       -sum(`order:<id>/sales`) = captured - refunded.
    5. What is not settled has a `due_at`: loops ask until it is, whichever process was killed.
    6. A webhook is a hint, never the truth: it is stored, answered, and the provider is asked; of what is captured,
       with no refund under way, nothing is left to ask.

Where to read on: `domain` (the state machine), `handlers` (the commands), `asking` (the provider, and lost answers),
`recording` (one transaction for all that follows), `providers/` (the interface and who fulfils it), `reconcile`.
"""
