"""How fast Aisle is, beside what the same machine can do at most: `./taskw bench`.

ceiling     raw ASGI on uvicorn: what no Python service on this machine exceeds
stage       servers, workers, halls, showtimes and buyers of the bench's own, thrown away at the end
wrk, k6     the two load generators, and the scripts (*.lua, hold.js) that they run
play        one run of holds: planned, driven, and the truth looked up; paying: buyers who check out
pace, crowd, fan   holds at an even pace, and readers by the thousand
commits     pgbench, and what Python could reach of it
checks      reads Redis, Postgres and JetStream after each run: is what was answered true?
scenarios   what is measured; holding: what those about holds share
cpu         what a request costs each process; machine: which one that was on
table       how it is told
"""
