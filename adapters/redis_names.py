"""The names of what Parley has in Redis.

The braces make one hash slot of all that belongs to a conversation, so that a Redis Cluster spreads
conversations and keeps each of them together.
"""

from uuid import UUID

SIGNALS = b"parley:signals"
ORIGIN, PAYLOAD = b"origin", b"payload"
_MISSED = b" missed"


def stream(conversation_id: UUID) -> bytes:
    """The key of the stream of a conversation's events."""
    return b"parley:{%b}:events" % str(conversation_id).encode()


def channel(conversation_id: UUID) -> bytes:
    """The channel on which is told that there is something new in the stream."""
    return b"parley:{%b}:new" % str(conversation_id).encode()


def news(origin: bytes, *, missed: bool) -> bytes:
    """What is told on that channel: by whom, and whether something else was missed before."""
    return origin + _MISSED if missed else origin


def origin_of(news: bytes) -> bytes:
    """Who told it."""
    return news.removesuffix(_MISSED)


def says_missed(news: bytes) -> bool:
    """Whether something was missed."""
    return news.endswith(_MISSED)
