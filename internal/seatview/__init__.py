"""The query side: the state of every seat of a showtime, fast.

Owns nothing. Reads the map that inventory writes in Redis (see `proto.seatkeys`), and the layout of the hall from
seatmap, once, for a layout never changes.

    GET /api/showtimes/{id}/seats           what is not free, with a version and an ETag
    GET /api/events/{id}/seats              every seat with its state
    GET /api/events/{id}/seats/available    every free seat
    rpc.seatview.seats                      one character for each place, for services that show them

What must hold: an answer is at least as new as the request (a very large hall may be up to 50 ms older, see
`pictures`), its version never goes back, and nobody's identity is in it.

How it stays fast: all who ask for a showtime within one tick of the loop share one look at its version in Redis, and as
long as that has not changed the bytes of the last answer are given again.
"""
