"""Sound layouts of every kind, for hypothesis."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from internal.seatmap.layout import Area, Flag, Layout, Point, Row, Seat, Section, Shape, Tier

ids = st.text("ABCabc019._-:", min_size=1, max_size=8)
labels = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
tier_names = st.text("ABCdé (+)/", min_size=1, max_size=8).map(str.strip).filter(bool)
numbers = st.integers(-500_000, 500_000).map(lambda number: number / 100)
colors = st.sampled_from(["", "#fff", "#a0b1c2", "red"])
_others = [flag for flag in get_args(Flag) if flag not in ("accessible", "companion")]


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any layout that is sound."""
    tiers = draw(st.lists(tier_names, min_size=1, max_size=4, unique=True))
    names = iter(draw(st.lists(ids, min_size=12, max_size=12, unique=True)))
    number = iter(range(1000))
    sections = []
    for _ in range(draw(st.integers(0, 3))):
        rows = [_row(draw, tiers, number) for _ in range(draw(st.integers(1, 3)))]
        sections.append(Section(next(names), draw(labels), tuple(rows)))
    areas = [
        Area(next(names), draw(labels), draw(st.integers(1, 300)), draw(st.sampled_from(tiers)), *_box(draw))
        for _ in range(draw(st.integers(0 if sections else 1, 2)))
    ]
    shapes = [_shape(draw) for _ in range(draw(st.integers(0, 3)))]
    focus = Point(draw(numbers), draw(numbers))
    known = tuple(Tier(name, draw(colors)) for name in tiers)
    return Layout(draw(labels), known, tuple(sections), tuple(areas), tuple(shapes), focus)


def _row(draw: st.DrawFn, tiers: list[str], number: object) -> Row:
    seats: list[Seat] = []
    for at in range(draw(st.integers(1, 6))):
        flags = draw(st.lists(st.sampled_from([*_others, "accessible"]), max_size=2, unique=True))
        if at and "accessible" in seats[-1].flags and "accessible" not in flags and draw(st.booleans()):
            flags = [*flags, "companion"]
        id_ = f"{draw(ids)}-{next(number)}"  # type: ignore[call-overload]  # an iterator shared by all rows
        seats.append(Seat(id_, draw(labels), draw(numbers), draw(numbers), draw(st.sampled_from(tiers)), tuple(flags)))
    return Row(f"{draw(ids)}-{next(number)}", draw(labels), tuple(seats))  # type: ignore[call-overload]  # as above


def _box(draw: st.DrawFn) -> tuple[float, float, float, float]:
    return draw(numbers), draw(numbers), abs(draw(numbers)), abs(draw(numbers))


def _shape(draw: st.DrawFn) -> Shape:
    kind = draw(st.sampled_from(["rectangle", "circle", "ellipse", "polygon", "text"]))
    x, y, width, height = _box(draw)
    points = tuple(Point(draw(numbers), draw(numbers)) for _ in range(3)) if kind == "polygon" else ()
    return Shape(
        kind,  # type: ignore[arg-type]  # one of the kinds
        x,
        y,
        width=width if kind in ("rectangle", "circle", "ellipse") else 0.0,
        height=height if kind in ("rectangle", "ellipse") else 0.0,
        rotation=draw(st.sampled_from([0.0, 45.0, -12.5])),
        points=points,
        text=draw(st.one_of(st.just(""), st.text("abc ", min_size=1, max_size=6))),
        color=draw(colors),
        border_color=draw(colors),
    )


def grid(sections: int, rows: int, seats: int) -> Layout:
    """A large plain hall."""

    def row(section: int, number: int) -> Row:
        made = (Seat(f"s{section}-{number}-{at}", str(at), at * 22.5, number * 30.25, "T") for at in range(seats))
        return Row(str(number), str(number), tuple(made))

    return Layout(
        "Arena",
        (Tier("T"),),
        tuple(
            Section(f"s{at}", f"Section {at}", tuple(row(at, number) for number in range(rows)))
            for at in range(sections)
        ),
    )
