"""The ids of what is imported: made of the user and the original, so that a repeat finds them.

They are UUIDs of version 7 and sort as the originals do. Nobody can choose them so that they meet
somebody else's.
"""

from datetime import datetime
from hashlib import sha256
from uuid import RFC_4122, UUID

_LOW_BITS = 62
_LOW = (1 << _LOW_BITS) - 1
_MOST_MILLISECONDS = (1 << 48) - 1


def conversation_key(user_id: UUID, original: UUID, created_at: datetime) -> UUID:
    """The id of an imported conversation."""
    return _key(original, created_at, user_id.bytes + original.bytes)


def message_key(
    user_id: UUID, conversation: UUID, index: int, original: UUID, created_at: datetime
) -> UUID:
    """The id of an imported message: two in one file never get the same one."""
    seed = user_id.bytes + conversation.bytes + index.to_bytes(8, "big")
    return _key(original, created_at, seed)


def run_key(reply: UUID) -> UUID:
    """The id of the run of an imported reply."""
    return UUID(int=_joined(reply.int >> 64, reply.bytes + b"run"))


def foreign_key(text: str, created_at: datetime) -> UUID:
    """The id in our form of what another program calls by this text."""
    return UUID(int=_joined(_high(created_at), text.encode(errors="backslashreplace")))


def _key(original: UUID, created_at: datetime, seed: bytes) -> UUID:
    dated = original.variant == RFC_4122 and original.version == 7  # noqa: PLR2004  UUIDv7
    return UUID(int=_joined(original.int >> 64 if dated else _high(created_at), seed))


def _high(created_at: datetime) -> int:
    milliseconds = min(max(int(created_at.timestamp() * 1000), 0), _MOST_MILLISECONDS)
    return milliseconds << 16 | 0x7 << 12


def _joined(high: int, seed: bytes) -> int:
    low = int.from_bytes(sha256(seed).digest()[:8], "big") & _LOW
    return high << 64 | 0b10 << _LOW_BITS | low
