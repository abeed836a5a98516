"""What is played when, and at what price.

Owns: events, their showtimes, the price tiers of each showtime, and categories. Each belongs to an organisation, and
every change is checked against the caller's role there; drafts are shown to its staff and owners only.

    event      draft --publish--> published --cancel--> canceled       showtimes go with it, each told by itself
    showtime   draft --publish--> published --cancel--> canceled       its event must be published first

A draft may be changed in everything, and thrown away. Publication of a showtime freezes its layout (the venue's current
one at that moment), its venue, its currency and its tiers' names. When it is, how it is sold and what it costs may
still change, for whoever buys from then on. What is canceled changes no more.

Asks:    `rpc.directory.role` (through the platform), `rpc.directory.ensure_organization`,
         `rpc.seatmap.venue`, `rpc.seatmap.create_simple`.
Answers: `rpc.catalog.showtime`, `.showtimes`, `.event_showtimes`, `.prices`; `.event` and `.programme` for the pages.
Tells:   `catalog.event.created | updated | published | canceled | deleted`, and the same of showtimes; a showtime's
         facts carry its tiers, so a change of price is a `catalog.showtime.updated`.

Invariants:
- a published showtime has a layout, and a price for every tier that the layout's places are in;
- a published showtime's layout, venue and currency never change, and none of its tiers goes;
- a showtime is published only under a published event, and none is left published under a canceled one;
- whoever changes a showtime holds its event's row first, so that facts about one event are told in their order.

Where to look: domain.py (states and rules), faults.py (what is refused), handlers/ (one class for each thing owned),
recent.py (why the event page costs no query), http/ (routes).
"""
