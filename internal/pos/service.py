"""Builds the point of sale: the only place where its parts are put together."""

from __future__ import annotations

from pathlib import Path

from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.service import Parts, Platform, Service
from internal.pos.config import Config
from internal.pos.handlers import LETTERS_DUE, Books
from internal.pos.http import bank, merchant
from internal.pos.loops import Post

__all__ = ["SERVICE", "build"]


def build(platform: Platform) -> Parts:
    """pos, out of what the process offers."""
    config = read(Config, platform.environment)
    books = Books(platform.database)
    letters = Loop("pos-letters", Post(platform.database, config.webhook_secret).run_once, 0.25)
    platform.database.listen(LETTERS_DUE, letters.wake)
    return Parts(
        routes=[*merchant.routes(books, config.key), *bank.routes(books)],
        loops=[letters, Loop("pos-processing", books.work_once, 0.25)],
    )


SERVICE = Service("pos", build, migrations=Path(__file__).with_name("migrations"))
