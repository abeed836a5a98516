"""What a venue looks like, and which seat is in which tier.

Owns: venues, and layouts by content hash. A venue points at its current layout; a layout itself is never changed.

    PUT layout / a seat / an import      the same content again
            |                                   |
            v                                   v
    layout (sha256 of its canonical JSON) <- one row, kept for ever: showtimes were sold on it
            ^
            |  current layout, version + 1
          venue

Asks:    `rpc.directory.role`, whether the caller is owner or staff of the organisation that owns the venue.
Answers: `rpc.seatmap.layout` (a layout, page by page),
         `rpc.seatmap.venue` (its current layout, and the tiers that want a price),
         `rpc.seatmap.create_simple` (the catalog's short form).
Tells:   `seatmap.venue.created | updated | deleted`, `seatmap.layout.published`.

Invariants:
- the bytes behind a hash never change, and hash to it;
- whatever is stored passed `soundness.flaws`;
- the index of a place in `layout.places` is the same wherever the hash is the same: inventory's states are kept by it.

Where to look: layout.py (the values), soundness.py (what is refused), theatre.py (layouts made by code),
pretix.py (seating plans in and out), domain.py (faults, changes to a seat).
"""
