"""What every service stands on; each mechanism exists once, here.

service      a service as a value: its parts, and what it is built from
run          one task group for all of them, cancellation the only stop (stopping)
connecting   the connections of a process, made in the background, closed in the opposite order
config       settings read once, every fault told at once
faults       what a caller can understand, and a consumer's two verdicts
ids, loops   ids that carry their kind; the anatomy of every loop
bus/         NATS: streams, consumers, endpoints, batches, dead letters
postgres     a pool and a role for each service; schema: its migrations; rows: rows as structs
redis/       Lua scripts, the lane that gives one write to each tick of the loop, the maps of seats
layouts      whole layouts, from the seatmap
outbox, inbox, idempotency; once: a handler's transaction under the caller's key
saga/        work of several services that comes to one end: steps, and the way back
reconcile    two truths compared: declared by services, run as loops, asked by `aisle reconcile`; outbox_reconciler
completing   what the platform adds to every service
recent       what was just read, for a second
tokens       who asks: RS256 access tokens, checked once (keys, rs256); roles: what somebody may do in an organisation
http/        the edge: problems, visitors, limits, pages, the fast road
plain_http   calls to others by HTTP without TLS, at half the cost; whom all calls with TLS believe
files        how many connections a process may have
context      what travels with a request: its id, its trace, who caused it
telemetry, health
roster       who has signed in: each process, and when it was last seen
"""
