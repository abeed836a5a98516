"""Tickets to be looked at: the QR code as SVG, and a page for a printer. Makes text of facts, and nothing else.

The page has no script and fetches nothing; its policy names its one style sheet by its digest. Whatever somebody typed
(the name of an event, of a buyer, of a section) is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from html import escape
from io import BytesIO
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import segno

from internal.orders.admission import Doors, Ticket

__all__ = ["PAGE_POLICY", "SVG_POLICY", "Language", "language_of", "page", "svg"]

Language = Literal["en", "tr"]

_STYLE = """
@page { size: A4; margin: 15mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 180mm; font: 11pt/1.4 system-ui, sans-serif; color: #000; background: #fff }
article { display: flex; gap: 8mm; align-items: center; margin: 0 0 8mm; padding: 6mm; border: .3mm solid #000;
  border-radius: 3mm; break-inside: avoid }
article svg { flex: none; width: 55mm; height: 55mm }
article.void { opacity: .5 }
h1 { margin: 0 0 6mm; font-size: 18pt }
h2 { margin: 0 0 2mm; font-size: 14pt }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 4mm; margin: 0 }
dt { color: #444 }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
small { display: block; margin-top: 3mm; color: #444; overflow-wrap: anywhere }
"""
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SVG_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class _Words(NamedTuple):
    title: str
    when: str
    section: str
    row: str
    number: str
    tier: str
    holder: str
    void: str
    called_off: str
    hint: str
    days: tuple[str, ...]
    months: tuple[str, ...]


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        title="Your tickets",
        when="When",
        section="Section",
        row="Row",
        number="Seat",
        tier="Category",
        holder="Name",
        void="This ticket was given back and is not valid.",
        called_off="This performance was canceled.",
        hint="Each code admits one person. Do not share a picture of it.",
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
            *("November", "December"),
        ),
    ),
    "tr": _Words(
        title="Biletleriniz",
        when="Tarih",
        section="Bölüm",
        row="Sıra",
        number="Koltuk",
        tier="Kategori",
        holder="İsim",
        void="Bu bilet iade edildi, geçerli değildir.",
        called_off="Bu gösteri iptal edildi.",
        hint="Her kod bir kişi içindir. Kodun fotoğrafını paylaşmayın.",
        days=("Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi", "Pazar"),
        months=(
            *("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim"),
            *("Kasım", "Aralık"),
        ),
    ),
}


def language_of(accepted: str | None) -> Language:
    """What an Accept-Language header prefers of the two that we speak; English where it prefers neither."""
    wishes = {"en": 0.0, "tr": 0.0}
    for wish in (accepted or "").lower().split(","):
        tag, _, weight = wish.partition(";")
        language = tag.strip().partition("-")[0]
        if language in wishes:
            wishes[language] = max(wishes[language], _weight(weight))
    return "tr" if wishes["tr"] > wishes["en"] else "en"


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def svg(code: str) -> bytes:
    """The code as a picture that any scanner reads from paper or screen, in whatever size it is shown."""
    picture = BytesIO()
    _qr(code).save(picture, kind="svg", omitsize=True, light="#fff", svgclass=None, lineclass=None)
    return picture.getvalue()


def page(doors: Doors, tickets: Sequence[Ticket], language: Language) -> str:
    """An order's tickets, to be printed."""
    words = _WORDS[language]
    title = escape(f"{words.title}: {doors.event_name}" if doors.event_name else words.title)
    called_off = f"<p><strong>{words.called_off}</strong></p>" if doors.canceled else ""
    when = _when(doors.starts_at, doors.time_zone, words)
    articles = "".join(_article(one, doors.event_name, when, words) for one in tickets)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{called_off}{articles}<p>{words.hint}</p></body></html>"
    )


def _article(ticket: Ticket, event_name: str, when: str, words: _Words) -> str:
    said = [
        (words.when, when),
        (words.section, ticket.section),
        (words.row, ticket.row_label),
        (words.number, ticket.number),
        (words.tier, ticket.tier),
        (words.holder, ticket.holder),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in said if value)
    void = ticket.revoked_by is not None
    picture = "" if void else _qr(ticket.code).svg_inline(omitsize=True, light="#fff", svgclass=None, lineclass=None)
    note = f"<p><strong>{words.void}</strong></p>" if void else ""
    kind = ' class="void"' if void else ""
    return (
        f"<article{kind}>{picture}<div><h2>{escape(event_name)}</h2>{note}<dl>{lines}</dl>"
        f"<small>{escape(ticket.id)}</small></div></article>"
    )


def _qr(code: str) -> segno.QRCode:
    # 15 % of it may be folded or smudged. The mask is there to break up patterns, and a signed code has none: to try
    # all eight of them takes 8 ms, one takes 1.5 ms
    return segno.make_qr(code, error="m", mask=0)


def _when(moment: datetime, zone: str, words: _Words) -> str:
    """`Saturday 21 November 2026, 20:00 (Europe/Istanbul)`, by the clocks of the place."""
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):  # a zone that this machine does not know
        local, zone = moment, "UTC"
    date = f"{local.day} {words.months[local.month - 1]} {local.year}"
    day = words.days[local.weekday()]
    dated = f"{day} {date}" if words is _WORDS["en"] else f"{date} {day}"
    return f"{dated}, {local:%H:%M} ({zone})"
