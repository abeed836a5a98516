"""checkout: brings what is held to what is sold, or everything back to where it was.

Owns the sagas (`internal.platform.saga` walks them; read that first): one for each checkout, one for each refund. It
owns neither orders nor seats nor money; it commands those who do, in this order:

    checkout    order     rpc.orders.create          undo: rpc.orders.cancel
                claim     rpc.inventory.claim        undo: rpc.inventory.release, and refund if they were sold meanwhile
                pay       rpc.payments.pay, .get     undo: rpc.payments.cancel     <- the pivot: the money is captured
                complete  rpc.orders.complete
                sold      inventory.seats.purchased; asked for by rpc.inventory.purchase when it does not come

    refund      money     rpc.payments.refund        undo: asked again, and the order told how it ended   <- the pivot
                seats     rpc.inventory.refund
                order     rpc.orders.finish_refund(succeeded=True)

In:   POST /api/checkouts, GET /api/checkouts/{id}, POST /api/seats/{event}/{seat}/reserve;
      rpc.checkout.start, .get, and for people .sagas, .saga, .retry, .abandon;
      payments.succeeded, .failed, .canceled, .action_required, .refunded, .refund.failed,
      inventory.seats.purchased, orders.stopped, orders.refund.requested
Out:  checkout.ended

What holds:
    1. One checkout of one hold at a time by one buyer; another one only after the first has failed and given back.
    2. `checkout_x` has the order `order_x` and the payment `pay_x`, made when it is written down: each command carries
       the same ids at each try, and whoever hears of one of them knows the saga.
    3. What a card is (`method`), and from where it was shown, is forgotten as soon as its provider has answered, and
       when the saga ends in any case.
    4. A buyer is told `completed` when the seats are sold, and `failed` when all that was done is undone.

Rooms: `domain` decides, `buying` and `refunding` are the two sagas, `handlers` begins and shows them, `desk` is for
people who look after those that are stuck, and `returned` keeps them from leaving a buyer's money behind.
"""
