"""PayTR, and virtual points of sale of its kind: the buyer pays on its page, and a signed callback says how it went.

signature  the tokens of our requests, the hash of its callbacks
fields     what is sent: the order's number, money as text
words      what PayTR says, in our words
provider   the calls

It captures at once, has no idempotency keys, and can be asked only about payments that succeeded. Asking for a page
charges nobody, and the order's number is paid once, so a page may be asked for again. Money is given back under a
reference of ours that is looked for first. If it is not found and may have been asked for, a person must look: it is
asked for once.
A callback comes again each minute until it is answered with a plain OK.
"""

from __future__ import annotations

from internal.payments.providers.paytr.config import offered

__all__ = ["offered"]
