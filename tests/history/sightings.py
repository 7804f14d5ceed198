"""What must hold of all that readers saw: pages, final messages, streams, and errors."""

from collections import Counter
from collections.abc import Iterator

from tests.history.dump import Dump, StoredRun
from tests.history.log import (
    DatabaseAway,
    Deleting,
    Drained,
    Killed,
    Listened,
    Log,
    Overheard,
    Paged,
    Refused,
    Seen,
    Streamed,
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


def check_streams(log: Log, dump: Dump) -> Iterator[str]:
    """Pieces join to the text that is stored; messages come once, in order, without a gap."""
    told = Counter((one.subscription, one.message) for one in log.all(Streamed))
    yield from (
        f"{message} was finished {times} times in subscription {subscription}"
        for (subscription, message), times in told.items()
        if times > 1
    )
    for streamed in log.all(Streamed):
        stored = dump.messages.get(streamed.message)
        joined = _joined(streamed.pieces)
        if joined is None:
            yield f"the pieces of {streamed.message} do not meet: {streamed}"
        elif joined != streamed.content or (stored is not None and stored.content != joined):
            yield f"the pieces of {streamed.message} do not join to its text: {streamed}"
    for heard in log.all(Listened):
        first = heard.after_index + 1
        if heard.indexes != tuple(range(first, first + len(heard.indexes))):
            yield f"a subscription left messages out, or told them twice: {heard}"


def check_overheard(log: Log, dump: Dump) -> Iterator[str]:
    """What was told of a reply is its beginning.

    Only a reply whose process was killed may keep less: the text of its last checkpoint.
    """
    runs = {run.reply: run for run in dump.runs.values()}
    for overheard in log.all(Overheard):
        stored, joined = dump.messages.get(overheard.message), _joined(overheard.pieces)
        if joined is None:
            yield f"the pieces of {overheard.message} do not meet: {overheard}"
        elif stored is not None and not stored.content.startswith(joined):
            killed = _was_killed(runs.get(stored.id), overheard, log)
            if not (killed and joined.startswith(stored.content)):
                yield f"{stored.id} does not begin with what was told of it: {overheard}"


def _was_killed(run: StoredRun | None, overheard: Overheard, log: Log) -> bool:
    """Whether the process that drove the run may have been killed after it had told of it."""
    if run is None or run.finished_at is None:
        return False
    return any(
        (run.started_at if one.others else overheard.asked_at) <= one.at <= run.finished_at
        for one in log.all(Killed)
    )


def _joined(pieces: tuple[tuple[int, str], ...]) -> str | None:
    """The text of pieces that meet, None where they do not."""
    text = ""
    for offset, piece in pieces:
        if offset != len(text):
            return None
        text += piece
    return text


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
