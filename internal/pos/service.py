"""Builds the point of sale: the only place where its parts are put together."""

from __future__ import annotations

from pathlib import Path

from internal.platform.config import read
from internal.platform.loops import Loop
from internal.platform.service import Parts, Platform, Service
from internal.pos import handlers, loops
from internal.pos.config import Config
from internal.pos.handlers import LETTERS_NEW, Books
from internal.pos.http import bank, merchant
from internal.pos.loops import Post

__all__ = ["SERVICE", "build"]

_NEVER = 60.0  # seconds: every letter's commit wakes it
_LOOK_EVERY = 1.0  # seconds: what waits for it waits for a second anyway


def build(platform: Platform) -> Parts:
    """pos, out of what the process offers."""
    config = read(Config, platform.environment)
    post = Post(platform.database, config.webhook_secret)
    books = Books(platform.database, post.take)
    letters = Loop("pos-letters", post.send_new, _NEVER)
    platform.database.listen(LETTERS_NEW, letters.wake)
    return Parts(
        routes=[*merchant.routes(books, config.key), *bank.routes(books)],
        loops=[
            letters,
            Loop("pos-letters-due", post.send_due, _LOOK_EVERY, full=loops.AT_ONCE),
            Loop("pos-processing", books.work_once, _LOOK_EVERY, full=handlers.AT_ONCE),
        ],
    )


SERVICE = Service("pos", build, migrations=Path(__file__).with_name("migrations"))
