"""Bytes packed in parts: what never changes is packed once, and joined with what does.

A stream of deflate may be cut at a full flush and joined with others; gzip's own head and checksum go around the whole.
So a first look at 20,000 seats costs the packing of their states, and not of their places.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

__all__ = ["Packed", "joined", "packed"]

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, any system
_END = b"\x03\x00"  # an empty last block


@dataclass(frozen=True)
class Packed:
    """A part, plain and as blocks of deflate that end on a whole byte."""

    plain: bytes
    blocks: bytes


def packed(plain: bytes, level: int) -> Packed:
    """A part of its own: nothing in it refers to what stands before."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Packed(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


def joined(*parts: Packed) -> tuple[bytes, bytes]:
    """All parts, plain and as one gzip."""
    plain = b"".join(part.plain for part in parts)
    tail = struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return plain, b"".join([_HEAD, *(part.blocks for part in parts), _END, tail])
