"""ledger: what was really sold, kept for ever, and the audit trail of everything that was ever said.

Owns two books, to which rows are only ever added (a trigger refuses to change or remove one):

    reservations   one row for the seats that an order bought      from inventory.seats.purchased alone
    given_back     one row for each of those seats that came back  from inventory.seats.released alone
    audit_events   every event of every other stream, as it was told: subject, id, time, actor, request id, body

A reservation is never amended: its seats that were given back are those that the second book names, so both facts may
come in any order and any number of times. What the facts do not name (whose, of which event) is learnt from
`orders.completed` and `catalog.showtime.*`, and asked of orders where it is not known yet.

    audit row n:  hash(n) = sha256(hash(n-1), position, event id, subject, time, actor, request id, body)

What always holds:
- A row that is changed, removed or put in between does not match the chain: `rpc.ledger.verify` names the first such.
  The head of the chain is a row of its own, so that the last rows cannot be cut off unseen either.
- Who rewrites the chain from some row on, with all hashes and the head, is found by its anchors: once a minute the
  head is told as `ledger.chain.anchored` and to the log, and `verify` compares what the stream keeps of them.
- An event stands in the trail once, however often it is delivered and by however many replicas.
- The trail holds up nobody: it has durables of its own and writes what has come in one insert.

Who may read: reservations, whoever bought and the staff of who sold; the trail of a thing, the owners of the
organisation that it belongs to, learnt from what the trail itself says of it. Administrators read everything.
The work queue of bookings is no stream of facts (NATS lets nobody else read a work queue) and is not in the trail;
what a booking does (hold, order, payment, seats) is.
"""
