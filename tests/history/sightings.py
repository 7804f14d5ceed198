"""What must hold of all that readers saw: pages, final messages, streams, and errors."""

from collections.abc import Iterator

from tests.history.dump import Dump
from tests.history.log import (
    DatabaseAway,
    Deleting,
    Drained,
    Log,
    Paged,
    Refused,
    Seen,
)

# What an honest client must reckon with. Users who delete also meet what is gone.
_USUAL = frozenset({"CONVERSATION_BUSY"})
_WHERE_DELETED = _USUAL | {"NOT_FOUND"}
# The database is found again this soon after it is back.
RECOVERY_SECONDS = 5.0


def check_seen(log: Log, dump: Dump) -> Iterator[str]:
    """A final message never changes: all who saw it saw what is stored."""
    first: dict[str, Seen] = {}
    for seen in log.all(Seen):
        known = first.setdefault(seen.message, seen)
        if (known.status, known.content) != (seen.status, seen.content):
            yield f"{seen.message} changed after it was final: {known}, then {seen}"
    for id_, seen in first.items():
        stored = dump.messages.get(id_)
        if stored is not None and (stored.status, stored.content) != (seen.status, seen.content):
            yield f"{id_} is stored otherwise than it was seen: {stored}, {seen}"


def check_pages(log: Log) -> Iterator[str]:
    """Pages have no gap, no repeat and one order."""
    for paged in log.all(Paged):
        if paged.indexes != tuple(range(len(paged.indexes))):
            yield f"{paged.conversation} was read with the indexes {paged.indexes}"


def check_refusals(log: Log) -> Iterator[str]:
    """Nobody is refused anything for a reason that was not there."""
    deleters = {one.user for one in log.all(Deleting)}
    for refused in log.all(Refused):
        usual = _WHERE_DELETED if refused.user in deleters else _USUAL
        if refused.code not in usual and not _for_now(refused, log):
            yield f"{refused.operation} was refused with {refused.code}: {refused}"


def _for_now(refused: Refused, log: Log) -> bool:
    """Whether it was refused because of what was away at the time, and the client was told so."""
    since, until = refused.asked_at, refused.at
    match refused.code:
        case "SHUTTING_DOWN":
            away = any(one.during(since, until) for one in log.all(Drained))
        case "INTERNAL":
            away = any(one.during(since - RECOVERY_SECONDS, until) for one in log.all(DatabaseAway))
        case _:
            return False
    return away and refused.retryable
