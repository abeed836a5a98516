"""Live pictures for people: seats, counts, and what happens to one's own holds and orders, as it happens.

Owns nothing. Hears NATS, reads the maps that inventory writes in Redis, and shows both to whoever watches.

    /ws                              a WebSocket; the messages are in `proto.sockets`
    GET /api/showtimes/{id}/live     one showtime as Server-Sent Events

In:   live.seats.<showtime>, live.stats.<event>, live.user.<user>, live.line.<showtime>
          of what somebody here watches, and only of that
      catalog.showtime.>, orders.>, checkout.ended, payments.action_required, inventory.claim.>,
      bookings.requested
          seen in passing, by core NATS
      rpc.inventory.open, .holds; rpc.catalog.showtime, .event_showtimes; rpc.seatmap.layout; rpc.bookings.own;
          rpc.orders.get
Out:  nothing

A room's life:

    somebody subscribes --> listen on NATS, read the map --> SNAPSHOT to who waited --> SEATS to all, for each change
                                   ^                                                          |
                                   +--- a gap, a silence that is not true, Redis was reloaded +
    nobody is left --> some seconds later it is forgotten

What must hold:
    1. Every reader of a room has the room's version: what was missed is told as the difference, so a reader's picture
       is Redis' own a second after the last change, whatever was restarted meanwhile.
    2. A frame is encoded once, however many read it; a reader costs no task.
    3. Who does not read, does not answer or says too much is closed with a code that says so; nobody is waited for.
    4. Whoever watches a showtime knows that it is called off, whether or not it was heard of here.
    5. Nobody's identity is shown to anybody else.

Where to read on: `domain` for the picture, `rooms` for a room, `showtimes` for how rooms stay true, `terms` for
what the catalog says of it, `readers` for what a reader may ask, `users` and `lines` for what is a person's own,
`platform/http/sockets` for the bytes.
"""
