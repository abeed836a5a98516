"""A layout out of a pretix seating plan, or what is wrong with the plan and where in it."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args, get_type_hints

import msgspec

from internal.seatmap.domain import BadLayout, bad_layout, of_decoder
from internal.seatmap.layout import Area, Flag, Layout, Point, Row, Seat, Section, Shape, Tier, canonical
from internal.seatmap.pretix.form import (
    FOCUS,
    ORIGIN,
    PlanArea,
    PlanPoint,
    PlanRow,
    PlanSeat,
    PlanText,
    PlanZone,
    SeatingPlan,
    category_of,
    standing_of,
)
from internal.seatmap.soundness import Flaw, flaws

__all__ = ["layout_of", "read"]

_PLAIN_TIER = "Standard"  # of seats that the plan puts in no category
_KINDS: frozenset[str] = frozenset(get_args(get_type_hints(Shape)["kind"]))
_COLOR = re.compile(r"#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|[a-z]{3,20}")
_STAGE = re.compile(r"\b(stage|screen|pitch|b[üu]hne|leinwand|sahne|perde|sc[èe]ne|podium)\b", re.IGNORECASE)

_decoder = msgspec.json.Decoder(SeatingPlan)


def read(body: bytes) -> Layout:
    """The layout, sound and in its canonical form."""
    try:
        plan = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise of_decoder(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_layout([Flaw("$", f"This is not JSON: {error}")]) from None
    return layout_of(plan)


def layout_of(plan: SeatingPlan) -> Layout:
    """The same, of a plan that was decoded already."""
    return _Reader(plan).layout()


class _Reader:
    """Reads one plan; remembers which of its zones and areas became what, so that flaws are told in its terms."""

    def __init__(self, plan: SeatingPlan) -> None:
        self._plan = plan
        self._tiers: dict[str, Tier] = {}
        self._categories = {category.name: category_of(category.name) for category in plan.categories}
        self._origin = Point(0.0, 0.0)
        self._focus: Point | None = None
        self._stage: Point | None = None
        self._sections: list[str] = []
        self._areas: list[str] = []

    def layout(self) -> Layout:
        """The whole of it."""
        self._read_tiers()
        self._read_marks()
        sections = tuple(self._section(f"$.zones[{at}]", zone) for at, zone in enumerate(self._plan.zones) if zone.rows)
        standing, shapes = self._drawn()
        tiers = tuple(self._tiers.values())
        found = Layout(self._plan.name, tiers, sections, tuple(standing), tuple(shapes), self._focus_of(sections))
        wrong = flaws(found)
        if wrong:
            raise self._in_terms_of_the_plan(wrong)
        return canonical(found)

    def _read_tiers(self) -> None:
        for category in self._plan.categories:
            name, flags = self._categories[category.name]
            color = category.color if _COLOR.fullmatch(category.color) else ""
            if name not in self._tiers or not flags:
                self._tiers[name] = Tier(name, color)

    def _read_marks(self) -> None:
        for zone in self._plan.zones:
            for area in zone.areas or ():
                at = PlanPoint(x=zone.position.x + area.position.x, y=zone.position.y + area.position.y)
                if area.uuid == ORIGIN:
                    self._origin = Point(at.x, at.y)
        for zone in self._plan.zones:
            for area in zone.areas or ():
                point = self._point(zone.position, area.position)
                if area.uuid == FOCUS:
                    self._focus = point
                elif _STAGE.search(_text(area)):
                    self._stage = point

    def _point(self, *steps: PlanPoint | None) -> Point:
        """Positions are relative to what holds them: they add up."""
        x = sum(step.x for step in steps if step) - self._origin.x
        y = sum(step.y for step in steps if step) - self._origin.y
        return Point(round(x, 2), round(y, 2))

    def _focus_of(self, sections: tuple[Section, ...]) -> Point:
        """Where the plan says, else its stage, else the middle of the top edge, where plans have the stage."""
        if self._focus or self._stage:
            return self._focus or self._stage or Point(0.0, 0.0)
        seats = [seat for section in sections for row in section.rows for seat in row.seats]
        if not seats:
            return Point(0.0, 0.0)
        left, right = min(seat.x for seat in seats), max(seat.x for seat in seats)
        return Point(round((left + right) / 2, 2), min(seat.y for seat in seats))

    def _section(self, path: str, zone: PlanZone) -> Section:
        self._sections.append(path)
        rows = tuple(self._row(f"{path}.rows[{at}]", zone, row) for at, row in enumerate(zone.rows or ()))
        id_ = _id(zone.zone_id or zone.uuid or zone.name)
        return Section(id_, zone.name or id_, rows)

    def _row(self, path: str, zone: PlanZone, row: PlanRow) -> Row:
        id_ = _id(row.uuid or str(row.row_number))
        seats = tuple(self._seat(f"{path}.seats[{at}]", zone, row, seat) for at, seat in enumerate(row.seats))
        return Row(id_, _labelled(row.row_label, row.row_number) or id_, seats)

    def _seat(self, path: str, zone: PlanZone, row: PlanRow, seat: PlanSeat) -> Seat:
        tier, flags = self._category(path, seat.category)
        at = self._point(zone.position, row.position, seat.position)
        id_ = _id(seat.seat_guid)
        return Seat(id_, _labelled(row.seat_label, seat.seat_number) or id_, at.x, at.y, tier, flags)

    def _category(self, path: str, name: str) -> tuple[str, tuple[Flag, ...]]:
        if not name:
            self._tiers.setdefault(_PLAIN_TIER, Tier(_PLAIN_TIER))
            return _PLAIN_TIER, ()
        known = self._categories.get(name)
        if known is None:
            raise bad_layout([Flaw(f"{path}.category", f"There is no category {name!r} in this plan")])
        return known

    def _drawn(self) -> tuple[list[Area], list[Shape]]:
        standing: list[Area] = []
        shapes: list[Shape] = []
        for number, zone in enumerate(self._plan.zones):
            for at, area in enumerate(zone.areas or ()):
                path = f"$.zones[{number}].areas[{at}]"
                if area.uuid in (ORIGIN, FOCUS):
                    continue
                if said := standing_of(_text(area)):
                    standing.append(self._standing(path, zone, area, said))
                elif not area.shape or area.shape in _KINDS:
                    shapes.append(self._shape(zone, area))
                else:
                    raise bad_layout(
                        [Flaw(f"{path}.shape", f"{area.shape!r} is no shape: " + ", ".join(sorted(_KINDS)))]
                    )
        return standing, shapes

    def _standing(self, path: str, zone: PlanZone, area: PlanArea, said: tuple[str, int, str]) -> Area:
        label, capacity, tier = said
        self._areas.append(path)
        at = self._point(zone.position, area.position)
        size = area.rectangle
        width, height = (size.width, size.height) if size else (0.0, 0.0)
        return Area(_id(area.uuid or label), label, capacity, tier, at.x, at.y, width, height)

    def _shape(self, zone: PlanZone, area: PlanArea) -> Shape:
        at = self._point(zone.position, area.position)
        width, height = _extent(area)
        return Shape(
            kind=area.shape or "rectangle",  # type: ignore[arg-type]  # one of _KINDS: the caller looked
            x=at.x,
            y=at.y,
            width=width,
            height=height,
            rotation=area.rotation,
            points=tuple(Point(point.x, point.y) for point in area.polygon.points) if area.polygon else (),
            text=_text(area),
            color=_known_color(area.color),
            border_color=_known_color(area.border_color),
        )

    def _in_terms_of_the_plan(self, wrong: list[Flaw]) -> BadLayout:
        return bad_layout([Flaw(self._path(flaw.path), flaw.message) for flaw in wrong])

    def _path(self, path: str) -> str:
        found = re.fullmatch(r"\$\.(sections|areas)\[(\d+)\](.*)", path)
        if not found:
            return path.replace("$.tiers", "$.categories").replace("$.sections", "$.zones")
        known = (self._sections if found[1] == "sections" else self._areas)[int(found[2])]
        rest = found[3].replace(".tier", ".category")
        if ".seats[" in rest:
            return known + rest.replace(".id", ".seat_guid").replace(".label", ".seat_number")
        if ".rows[" in rest:
            return known + rest.replace(".id", ".uuid").replace(".label", ".row_number")
        return known + rest.replace(".id", ".zone_id" if found[1] == "sections" else ".uuid")


def _id(text: str) -> str:
    """The text with what an id cannot hold replaced."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text
    return re.sub(r"[^A-Za-z0-9._:-]+", "_", plain.strip())


def _labelled(template: str | None, number: str | int) -> str:
    """Pretix shows a row's or a seat's number within a template such as `Table %s`."""
    return template.replace("%s", str(number)) if template and "%s" in template else str(number)


def _text(area: PlanArea) -> str:
    return area.text.text if isinstance(area.text, PlanText) else area.text or ""


def _known_color(color: str) -> str:
    return color if _COLOR.fullmatch(color) else ""


def _extent(area: PlanArea) -> tuple[float, float]:
    if area.circle:
        return area.circle.radius * 2, 0.0
    if area.ellipse:
        return area.ellipse.radius.x * 2, area.ellipse.radius.y * 2
    return (area.rectangle.width, area.rectangle.height) if area.rectangle else (0.0, 0.0)
