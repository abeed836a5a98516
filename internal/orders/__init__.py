"""orders: what is bought, at which price, and what became of it.

Owns the orders with their items, the refunds, and what it was told of showtimes. An order's life:

    rpc create             rpc complete                finish_refund        finish_refund, the last seat
    ----------> pending ------------------> completed ------------> partially_refunded ------------> refunded
                   |                            |                                                       ^
                   | rpc cancel                 +-------------------------------------------------------+
                   v                               all seats at once; or rpc cancel by its own saga, whose
               canceled                            seats were gone after all and whose money is back

    A buyer's or a showtime's stop does not cancel a pending order: its checkout may be paying for it this moment. The
    order is marked (`stopped`), completing it is refused, and the checkout, which hears of it, cancels it on its way
    back.

What always holds:
- A price is the catalog's at the moment at which the seat was held; the buyer's word on it is never asked.
- What is final stays so: a cancelled order is never completed, nor made when it was cancelled before it was made.
- A seat is refunded once, and never more goes back than came in: a seat has one refund at a time.
- An order of a showtime called off ends cancelled or refunded, whatever came first.

In:   POST /api/orders/{id}/cancel, /api/orders/{id}/refunds, /api/checkins; GET of orders, refunds, tickets, and all
      as CSV; rpc.orders.create, .complete, .cancel, .get, .finish_refund, for people .refund_by_hand, and .sales and
      .sales_of for who counts;
      catalog.showtime.canceled, .updated
Out:  orders.created, .completed, .canceled, .stopped, .refund.requested, .refunded, .tickets.issued, .tickets.revoked,
      .checked_in
Asks: rpc.inventory.hold, rpc.catalog.prices; and, to compare, rpc.inventory.get_claim, .purchase, rpc.payments.get

Tickets and doors live in the same database, so that a completed order has its tickets: rooms `tickets`, `checkins`,
`admission`, `codes` and their like, which `ticketing` puts together. `handlers` calls them in three places: `issue`
when an order is completed, `revoke` when seats of it are asked back, `restore` when their money will not go back.

Beyond the usual rooms: `reconcile` compares orders with seats and money; `handlers/called_off` sees to the orders of a
showtime that will not take place, in batches.
"""
