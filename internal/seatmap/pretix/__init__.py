"""Seating plans in pretix's JSON form, in and out, so that a hall drawn once serves in both.

pretix refuses keys that it does not know, so what it has no field for goes where it does no harm:

- a seat's flags stand in its category's name: `Stalls [accessible]` is tier Stalls with that flag. In pretix such seats
  are a category, and so a product, of their own: what one does there anyway;
- standing room is a rectangle with the text `Floor [standing 500, Standing]`: label, capacity and tier;
- pretix draws from (0, 0) on, so everything is moved there; a circle of radius 0 with the uuid `aisle:origin` says by
  how much, and one with `aisle:focus` which way people look.

A zone is a section (`zone_id`), a row keeps its id in `uuid`, a seat in `seat_guid`. What our ids cannot hold (blanks,
letters with marks) is replaced, and two that become the same are told as such.
"""

from __future__ import annotations

from internal.seatmap.pretix.form import SeatingPlan
from internal.seatmap.pretix.reading import layout_of, read
from internal.seatmap.pretix.writing import write

__all__ = ["SeatingPlan", "layout_of", "read", "write"]
