"""bookings: one request that books a seat, answered at once; workers do the rest, in the order of arrival.

Owns `bookings`, a row for each request, and `turns`, who works on which showtime. `POST /api/book` writes the row with
the next number of its showtime, and `bookings.requested` beside it: a message of the work queue that wakes a worker.
The row is the truth; a message lost or told twice changes nothing.

    accepted ──take──▶ held ──checkout──▶ completed
       │                │  ▲
       │                ▼  │ the buyer is at the bank
       │          requires_action
       ▼                │
     failed ◀───────────┘      with code and message; nothing was charged, or it went back

What always holds:
- Of one showtime's bookings, the one that was accepted first asks inventory first. A worker has a lease on the
  showtime and takes its bookings one after another; no other does meanwhile. Order does not matter after the hold.
- A booking that gets no answer holds up those behind it for `stuck_after` seconds; then it is set aside and tried
  beside them. While inventory is not there at all nobody could be served sooner, and the order is kept.
- Doing it again changes nothing: the hold's request id is the booking's id, the checkout's id is made of it.
- An accepted booking ends: what could not be held or was not checked out within `give_up_after` fails.

A place in line is the difference of two numbers, one's own and the first that waits: numbers have no gaps, and are
worked in their order. People hear of it by the broadcaster (`telling`).

Asks catalog for the showtimes of an event, inventory to take, checkout to start and how it stands.
In: bookings.requested (its own queue), checkout.ended.
Out: bookings.requested; live.line.<showtime>, live.user.<user>. Answers rpc.bookings.own.
"""
