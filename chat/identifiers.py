"""Primary keys: UUIDs of version 7 (RFC 9562), which sort by the time of their making."""

import secrets
import time
from datetime import datetime
from uuid import UUID

_NANOSECONDS_PER_MILLISECOND = 1_000_000


def uuid7() -> UUID:
    """A new id: 48 bits of milliseconds, 12 bits of their fraction, 62 random bits.

    The fraction is method 3 of RFC 9562, section 6.2; it keeps ids made in one millisecond in
    order, to about 0.25 µs.
    """
    milliseconds, rest = divmod(time.time_ns(), _NANOSECONDS_PER_MILLISECOND)
    fraction = rest * 4096 // _NANOSECONDS_PER_MILLISECOND
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | fraction << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def uuid7_at(moment: datetime) -> UUID:
    """The least id that is made at that moment: ids made before are less, later ones greater."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)
