"""What every service stands on; each mechanism exists once, here.

run          services as values, one task group, cancellation the only stop
config       settings read once, every fault told at once
faults       what a caller can understand, and a consumer's two verdicts
ids, loops   ids that carry their kind; the anatomy of every loop
bus/         NATS: streams, consumers, endpoints, batches, dead letters
postgres     a pool and a role for each service, migrations
redis/       Lua scripts, the lane that gives one write to each tick of the loop, the maps of seats
layouts      whole layouts, from the seatmap
outbox, inbox, idempotency
reconcile    two truths compared: declared by services, run as loops, asked by `aisle reconcile`; outbox_reconciler
completing   what the platform adds to every service
recent       what was just read, for a second
tokens       who asks: RS256 access tokens, checked once (keys, rs256); roles: what somebody may do in an organisation
http/        the edge: problems, visitors, limits, pages, the fast road
plain_http   calls to others by HTTP without TLS, at half the cost; whom all calls with TLS believe
files        how many connections a process may have
telemetry, health
roster       who has signed in: each process, and when it was last seen
"""
