"""What the catalog refuses, each named for the situation."""

from __future__ import annotations

from internal.platform.faults import Fault, Forbidden, Kind

__all__ = [
    "AlreadyCanceled",
    "AlreadyPublished",
    "BadTerms",
    "CategoryInUse",
    "CategoryTaken",
    "CategoryUnknown",
    "ChangedMeanwhile",
    "EventNotPublished",
    "EventUnknown",
    "FrozenByPublication",
    "GuestsCannotPublish",
    "LayoutMissing",
    "NotPublished",
    "ReferenceUnknown",
    "ShowtimeOver",
    "ShowtimeUnknown",
    "TierTaken",
    "TierUnknown",
    "TiersMissing",
    "TooManyShowtimes",
    "TooManyTiers",
]


class EventUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such event, or it is not public."""


class ShowtimeUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or it is not public."""


class TierUnknown(Fault, kind=Kind.NOT_FOUND):
    """This showtime has no such price tier."""


class CategoryUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such category."""


class ReferenceUnknown(Fault, kind=Kind.UNPROCESSABLE):
    """Something that the request names does not exist, or belongs to another organization."""


class BadTerms(Fault, kind=Kind.UNPROCESSABLE):
    """The times or limits of the showtime do not go together."""


class GuestsCannotPublish(Forbidden):
    """A guest cannot put on an event; register first."""


class AlreadyPublished(Fault, kind=Kind.CONFLICT):
    """This is published already."""


class NotPublished(Fault, kind=Kind.CONFLICT):
    """This is still a draft: it can be deleted, but there is nothing to cancel."""


class AlreadyCanceled(Fault, kind=Kind.CONFLICT):
    """This is canceled, and changes no more."""


class EventNotPublished(Fault, kind=Kind.CONFLICT):
    """The event of this showtime is not published; publish it first."""


class FrozenByPublication(Fault, kind=Kind.CONFLICT):
    """This is published, and tickets may have been sold on it as it is; cancel it instead."""


class ShowtimeOver(Fault, kind=Kind.CONFLICT):
    """This showtime has begun already; there is nothing left to sell."""


class LayoutMissing(Fault, kind=Kind.CONFLICT):
    """The venue of this showtime has no layout yet; there is nothing to sell."""


class TiersMissing(Fault, kind=Kind.CONFLICT):
    """Some of the layout's places have no price; add a price tier for each name in `missing`."""


class TierTaken(Fault, kind=Kind.CONFLICT):
    """This showtime has a price tier of this name already."""


class TooManyTiers(Fault, kind=Kind.CONFLICT):
    """This showtime has as many price tiers as one may have."""


class TooManyShowtimes(Fault, kind=Kind.CONFLICT):
    """This event has as many showtimes as one may have; make another event."""


class CategoryTaken(Fault, kind=Kind.CONFLICT):
    """There is a category of this name already."""


class CategoryInUse(Fault, kind=Kind.CONFLICT):
    """Some events are in this category; move them first."""


class ChangedMeanwhile(Fault, kind=Kind.STALE):
    """This is not the version named in If-Match: somebody changed it meanwhile; read it again."""
