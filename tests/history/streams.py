"""What must hold of what was streamed: pieces join to the texts that are kept."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.history.dump import Dump, StoredRun
from tests.history.log import Killed, Listened, Log, Overheard, Streamed


def check_streams(log: Log, dump: Dump) -> Iterator[str]:
    """Pieces join to the text that is stored; messages come once, in order, without a gap.

    A stream that outlived the process which wrote a reply ends with the text that was kept, and may
    have told more of it before.
    """
    told = Counter((one.subscription, one.message) for one in log.all(Streamed))
    yield from (
        f"{message} was finished {times} times in subscription {subscription}"
        for (subscription, message), times in told.items()
        if times > 1
    )
    runs = _by_reply(dump)
    for streamed in log.all(Streamed):
        stored, joined = dump.messages.get(streamed.message), _joined(streamed.pieces)
        if joined is None:
            yield f"the pieces of {streamed.message} do not meet: {streamed}"
            continue
        others = any(one.others for one in log.all(Killed))
        lost = others and _was_killed(runs.get(streamed.message), streamed, log)
        whole = joined.startswith(streamed.content) if lost else joined == streamed.content
        if not whole or (stored is not None and stored.content != streamed.content):
            yield f"the pieces of {streamed.message} do not join to its text: {streamed}"
    for heard in log.all(Listened):
        first = heard.after_index + 1
        if heard.indexes != tuple(range(first, first + len(heard.indexes))):
            yield f"a subscription left messages out, or told them twice: {heard}"


def check_overheard(log: Log, dump: Dump) -> Iterator[str]:
    """What was told of a reply is its beginning.

    Only a reply whose process was killed may keep less: the text of its last checkpoint.
    """
    runs = _by_reply(dump)
    for overheard in log.all(Overheard):
        stored, joined = dump.messages.get(overheard.message), _joined(overheard.pieces)
        if joined is None:
            yield f"the pieces of {overheard.message} do not meet: {overheard}"
        elif stored is not None and not stored.content.startswith(joined):
            lost = _was_killed(runs.get(stored.id), overheard, log)
            if not (lost and joined.startswith(stored.content)):
                yield f"{stored.id} does not begin with what was told of it: {overheard}"


def _by_reply(dump: Dump) -> Mapping[str, StoredRun]:
    return {run.reply: run for run in dump.runs.values()}


def _was_killed(run: StoredRun | None, told: Overheard | Streamed, log: Log) -> bool:
    """Whether the process that drove the run may have been killed after it had told of it.

    Where others go on, they tell later what they had heard of it before.
    """
    if run is None or run.finished_at is None:
        return False
    return any(
        (run.started_at if one.others else told.asked_at) <= one.at <= run.finished_at
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
