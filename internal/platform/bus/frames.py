"""Messages as the bytes that NATS reads, many in one piece.

Written by hand because nats-py's publish costs 25 us a message, and the hot relay sends 15,000 each second from the
process that answers HTTP; a whole batch in one string costs a tenth of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from internal.platform.bus.envelope import Message
from internal.platform.bus.faults import MessageTooLarge

__all__ = ["acknowledgements", "batch_frames", "shown", "single_frame"]

_OWN_LINES = 5  # the version, batch id, sequence, message id and the empty line
_COMMIT = "Nats-Batch-Commit: 1\r\n"


def batch_frames(batch: str, messages: Sequence[Message], reply: str, limit: int) -> bytes:
    """One atomic batch: all of it is stored or nothing, and one answer comes for its last message."""
    start = f"NATS/1.0\r\nNats-Batch-Id: {batch}\r\nNats-Batch-Sequence: "
    last = len(messages)
    pieces: list[bytes] = []
    for number, message in enumerate(messages, 1):
        committing = number == last
        more = _lines(message) + _COMMIT if committing else _lines(message)
        head = f"{start}{number}\r\nNats-Msg-Id: {message.id}\r\n{more}\r\n".encode()
        _check(message, head, _OWN_LINES + len(message.headers) + committing, limit)
        _append(pieces, message, head, reply if committing else "")
    return b"".join(pieces)


def single_frame(message: Message, reply: str, limit: int) -> bytes:
    """One message by itself, with an answer of its own."""
    head = f"NATS/1.0\r\nNats-Msg-Id: {message.id}\r\n{_lines(message)}\r\n".encode()
    _check(message, head, _OWN_LINES - 2 + len(message.headers), limit)
    pieces: list[bytes] = []
    _append(pieces, message, head, reply)
    return b"".join(pieces)


def shown(pictures: Iterable[tuple[str, str]]) -> bytes:
    """Subjects and bodies that ask for no answer, in one piece. What is not ASCII is longer than it looks."""
    return "".join(
        [
            f"{_shown_to(subject)} {len(text) if text.isascii() else len(text.encode())}\r\n{text}\r\n"
            for subject, text in pictures
        ]
    ).encode()


def acknowledgements(replies: Sequence[str]) -> bytes:
    """The messages that have these reply subjects are done with."""
    return "".join([f"PUB {reply} 4\r\n+ACK\r\n" for reply in replies]).encode()


def _lines(message: Message) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in message.headers.items()]) if message.headers else ""


def _check(message: Message, head: bytes, lines: int, limit: int) -> None:
    """A header that smuggles a line in, or a message too large, would end the connection for everybody on it."""
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        raise ValueError(f"a header of {message.id!r} holds a line break")
    if len(head) + len(message.body) > limit:
        raise MessageTooLarge(id=message.id, subject=message.subject, size=len(message.body))


def _append(pieces: list[bytes], message: Message, head: bytes, reply: str) -> None:
    size = len(head)
    pieces += (f"{_address(message.subject, reply)} {size} {size + len(message.body)}\r\n".encode(), head)
    pieces += (message.body, b"\r\n")


@lru_cache(maxsize=1024)
def _without_reply(subject: str) -> str:
    if not subject or any(character.isspace() for character in subject):
        raise ValueError(f"not a subject: {subject!r}")
    return f"HPUB {subject}"


@lru_cache(maxsize=32_768)  # as many people as hold seats within some minutes
def _shown_to(subject: str) -> str:
    return _without_reply(subject)[1:]


def _address(subject: str, reply: str) -> str:
    return f"{_without_reply(subject)} {reply}" if reply else _without_reply(subject)
