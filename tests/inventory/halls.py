"""Small halls and their states, for the chooser's tests."""

from __future__ import annotations

from hypothesis import strategies as st

from internal.inventory.plan import ORDINARY, Plan, SeatRow, StandingArea


def row(length: int, *, y: float, section: str = "s", tier: str = "T", kinds: bytes | None = None) -> SeatRow:
    """A straight row whose middle is at x = 0."""
    left = -(length - 1) / 2
    return SeatRow(
        section, [tier] * length, [left + at for at in range(length)], [y] * length, kinds or bytes([ORDINARY] * length)
    )


def hall(*lengths: int, areas: tuple[StandingArea, ...] = ()) -> Plan:
    """Rows of one section, front to back."""
    return Plan([row(length, y=10.0 + at) for at, length in enumerate(lengths)], areas, (0.0, 0.0))


def arena(sections: int = 50, rows: int = 40, seats: int = 25) -> Plan:
    """50,000 seats in sections side by side, each of straight rows."""
    made = []
    for section in range(sections):
        for number in range(rows):
            xs = [section * (seats + 2.0) + at - sections * (seats + 2) / 2 for at in range(seats)]
            made.append(SeatRow(f"s{section}", ["T"] * seats, xs, [10.0 + number] * seats, bytes(seats)))
    return Plan(made, (), (0.0, 0.0))


@st.composite
def halls(draw: st.DrawFn, *, kinds: bool = True, areas: bool = True) -> tuple[Plan, bytes]:
    """A hall of one to three sections in two tiers, and some state of its places."""
    rows: list[SeatRow] = []
    for section in range(draw(st.integers(1, 3))):
        for _ in range(draw(st.integers(1, 4))):
            length = draw(st.integers(1, 9))
            made = row(length, y=10.0 + len(rows), section=f"s{section}", tier=draw(st.sampled_from("AB")))
            if kinds:
                made = made._replace(
                    kinds=bytes(draw(st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=length, max_size=length)))
                )
            rows.append(made)
    standing = [StandingArea("floor", "B", draw(st.integers(1, 8)), 0.0, 5.0)] if areas and draw(st.booleans()) else []
    plan = Plan(rows, standing, (0.0, 0.0))
    return plan, bytes(draw(st.lists(st.sampled_from(b"...x"), min_size=plan.size, max_size=plan.size)))
