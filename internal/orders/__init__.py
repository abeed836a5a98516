"""orders: what is bought, at which price, and what became of it.

Owns the orders with their items, the refunds, and what it was told of showtimes. An order's life:

    rpc create             rpc complete                finish_refund        finish_refund, the last seat
    ----------> pending ------------------> completed ------------> partially_refunded ------------> refunded
                   |                            |                                                       ^
                   | rpc cancel                 +-------------------------------------------------------+
                   v
               canceled

    A buyer's or a showtime's stop does not cancel a pending order: its checkout may be paying for it this moment. The
    order is marked (`stopped`), completing it is refused, and the checkout, on its way back, cancels it.

What always holds:
- A price is the catalog's at the moment at which the seat was held; the buyer's word on it is never asked.
- What is final stays so: a cancelled order is never completed, nor made when it was cancelled before it was made.
- A seat is refunded once, and never more goes back than came in: a seat has one refund at a time.
- An order of a showtime called off ends cancelled or refunded, whatever came first.

In:   rpc.orders.create, .complete, .cancel, .get
Out:  orders.created, .completed, .canceled
Asks: rpc.inventory.hold, rpc.catalog.prices
"""
