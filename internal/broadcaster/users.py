"""What is shown to one person alone: their holds and their orders, by their token."""

from __future__ import annotations

from internal.broadcaster.frames import Reader

__all__ = ["Users"]


class Users:
    """The people who watch."""

    def join(self, reader: Reader, token: str, showtimes: list[str]) -> None:
        """Show them what is theirs, if the token is."""

    def look(self, reader: Reader, showtimes: list[str]) -> None:
        """They watch these showtimes, too, in which they may have holds."""

    def leave(self, reader: Reader) -> None:
        """They left."""
