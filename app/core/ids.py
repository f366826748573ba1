"""Identifiers: UUID version 7, so that keys grow with time and indexes stay dense."""

import secrets
import time
from uuid import UUID

_latest = 0


def new_id() -> UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then 74 bits (RFC 9562, section 5.7).

    Within a process each is larger than the one before (section 6.2): what happened in one millisecond
    keeps its order. Ids tell when something was made and are no secrets.
    """
    global _latest
    drawn = time.time_ns() // 1_000_000 << 74 | secrets.randbits(74)
    _latest = max(drawn, _latest + 1)
    high, low = _latest >> 62, _latest & (1 << 62) - 1
    return UUID(int=(high >> 12) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0x2 << 62 | low)
