"""The seats: who holds them, who has claimed them, to whom they are sold.

Owns, in Postgres, `seat_states` (the truth about every seat that is not free; its primary key is what makes a seat
unsellable twice), `holds` (the holds that reached an order), and what it was told of showtimes and layouts. Owns in
Redis everything that `lua/seats.lua` lists: locks, maps, live holds, the shards' outboxes.

A seat's life, with the byte it has in its showtime's map:

                   POST holds              rpc claim                rpc purchase
       . free ------------------> h held ------------------> c claimed ----------> s sold
         ^   ^                      |  ^                        |                    |
         |   +----------------------+  +------------------------+                    |
         |    released or expired        claim dropped in time                       |
         +---------------------------------------------------------------------------+
         ^                                       refunded
         +------> b blocked, by staff

    Redis alone decides `.` <-> `h`: one script, atomic, the fact in its outbox in the same step.
    Postgres alone decides what is claimed, sold or blocked: one transaction, the fact in its outbox; Redis follows.

In:   catalog.showtime.published, .updated, .canceled; orders.completed;
      rpc.inventory.open, .claim, .get_claim, .release, .purchase, .refund; .hold, .holds, .take and .extend for who
      buys; .sold and .blocked for who counts
Out:  inventory.hold.created, .refreshed, .released, .expired          from Redis' outboxes, by `loops.Relay`
      inventory.claim.created, .released, inventory.seats.purchased, .released, .blocked, .unblocked,
      inventory.showtime.opened, .closed                               from Postgres' outbox, by the platform's relay
      live.seats.<showtime>                                            what changed, every 50 ms at most

What must hold:
    1. A seat has at most one live claim and one sold ticket: the primary key of `seat_states`.
    2. A hold is all of its seats or none, and never one seat more than the buyer's limit.
    3. A hold lasts until its `expiresAt`, by Redis' clock, and its seats are free within a second after it.
    4. An emptied Redis sells nothing until it has been told again what is sold and who holds what (`opening`).
    5. What a process left half done is finished by another: an unsettled claim (`loops.Sweep` -> `claims.settle`),
       a seat that differs (`reconcile`), an outbox line that was not deleted (told again under the same id).

Where to read on: `domain` and `faults` for the words, `lua/seats.lua` and `lua/hold.lua` for the heart, `handlers` for
the buyer's steps, `claims` for the order's, `buying` for what others ask of a hold, `opening` for how it starts, `fast`
for the road that most requests take.
Beyond the usual rooms: `locks` is the store of what Redis remembers, as `store` is of Postgres, `looking` is that part
of it which only looks, and `recovery` says whether it has all of it; `best`, `search`, `apart`, `wheelchairs` and
`plan` choose the best seats; `facts` turns outbox lines into events and pictures.
"""
