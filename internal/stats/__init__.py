"""stats: how many seats of each showtime and section are held, sold, blocked and free, and what came of them.

Owns `showtimes` as they were told, `counts` (a row for each section, and one for the whole), `revenue`, `sales` and
`funnel` (by minute), `blocked_seats`. None of it decides anything: inventory says who has a seat, orders what was paid.

In:   catalog.showtime.published, .updated, .canceled;
      inventory.hold.created, .released, .expired, inventory.seats.purchased, .released, .blocked, .unblocked;
      orders.completed, .refunded;
      rpc.stats.rebuild, .get_rebuild
Out:  stats.updated                                 at most one a second for each showtime
      live.stats.<event>                            the same as a picture; no money in either

Everything is a sum, or the latest word on a seat: facts may come in any order, twice, and from several replicas.

    facts -> effects (domain/effects), each under an id -> inbox: those that are new -> tally: one statement for many
                                                           '------------ one transaction ------------'

A rebuild counts beside what is shown. Each showtime has a `generation`; a second one is built from the streams, and
then from what inventory and orders say, for what the streams have forgotten. Live facts go into both meanwhile, each
with an inbox of its own, so a fact counts once in each from wherever it comes; then one transaction makes the new one
the one that is shown.

What always holds:
1. A fact has its effect once in each generation: the effect and its id are one transaction.
2. Batches that touch a showtime take turns (its row is locked), so a rebuild begins and ends between two of them.
3. Counts of seats that nobody told (an emptied Redis, a key that ended by itself) come right again within two looks of
   the reconciler: Redis' map is the truth about what is held.
4. Money is for the staff of the organisation that sells: in no picture, no event, and in no other's answer.
"""
