"""How fast Aisle is, beside what the same machine can do at most: `./taskw bench`.

ceiling     raw ASGI on uvicorn: what no Python service on this machine exceeds
stage       servers, workers, halls, showtimes and buyers of the bench's own, thrown away at the end
wrk, k6     the two load generators, and the scripts (*.lua, hold.js) that they run
checks      reads Redis, Postgres and JetStream after each run: is what was answered true?
scenarios   what is measured
table       how it is told
"""
