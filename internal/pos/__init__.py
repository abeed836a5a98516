"""pos: a virtual point of sale, the bank of a laptop. Plays every trick on its merchant that a real one does.

Owns its books: charges, refunds, and the messages that it still has to send. Everything is a row before it is answered,
so that they survive kill -9. It knows nothing of the rest of Aisle; `payments` speaks to it by HTTP as to any provider.

    POST /pos/v1/charges               authorise, under an Idempotency-Key; the same key again is the same charge
    POST /pos/v1/charges/{key}/capture, /void, /refunds (under an Idempotency-Key)
    GET  /pos/v1/charges/{key}, /pos/v1/refunds/{key}, /pos/v1/books
    GET, POST /pos/3ds/{id}            the bank's page for the buyer: approve or refuse

A charge:   requires_action --> authorized --> captured (refunded: a sum beside it)
                  |      processing ----^----------^
                  +--> declined         +--> voided; so is a key that was voided before it was ever charged

Cards, with any cvc and any month to come; what is not listed is declined as `invalid_number`:

    4242424242424242  succeeds (Visa)                  5555555555554444  succeeds (Mastercard)
    4000000000000002  declined                         4000000000009995  declined: insufficient funds
    4000002500003155  3-D Secure, then succeeds        4000008400001629  3-D Secure, then declined
    4000000000000119  charges, then never answers      4000000000000341  succeeds, after two seconds
    4000000000000259  processing; captured in a second
    4000000000000077  succeeds; each message is sent twice, and the last before the first
    4000000000007726  succeeds; its refunds are pending for a second
    4000000000005126  succeeds; its refunds fail

Messages to the merchant are signed as Stripe signs its own: `Pos-Signature: t=<unix>,v1=<HMAC-SHA256 of t.body>`,
repeated with growing pauses for three days, in no certain order.
"""
