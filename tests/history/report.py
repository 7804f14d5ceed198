"""What a history test says: how much was done, and which violations there are, with what led up."""

import re
from collections import Counter
from collections.abc import Iterable

from tests.history.dump import Dump
from tests.history.log import Accepted, Disturbed, Entry, Listened, Log, Refused, Sent, Stopped

_NAMES = re.compile(r"(?:conversation|message|run)_[0-9a-f]{32}|client \d+ turn \d+")
_MOST_ENTRIES = 12
_MOST_VIOLATIONS = 20


def deeds(log: Log) -> Counter[str]:
    """How often clients did each thing, by readable names."""
    return Counter(name for entry in log.entries for name in _names_of(entry))


def counts(log: Log, dump: Dump) -> Counter[str]:
    """How much was done of each kind, and how many runs ended how."""
    done = deeds(log)
    done.update(f"run {run.status}" for run in dump.runs.values())
    return done


def _names_of(entry: Entry | Disturbed) -> Iterable[str]:
    yield type(entry).__name__
    match entry:
        case Sent():
            yield f"Sent {entry.on_busy}"
        case Refused():
            yield f"Refused {entry.code}"
        case Stopped():
            yield f"Stopped as {entry.status}"
        case Listened():
            if entry.resumed:
                yield "Listened again"
            if entry.stayed:
                yield "Listened to the end"
        case _:
            pass
    if isinstance(entry, Accepted) and entry.run_status == "QUEUED":
        yield "Accepted QUEUED"


def report(violations: list[str], log: Log) -> str:
    """Each violation with the entries about the messages, runs and keys that it names."""
    told = [_told(violation, log) for violation in violations[:_MOST_VIOLATIONS]]
    disturbed = "\n".join(map(repr, log.all(Disturbed)))
    return "\n\n".join([f"{len(violations)} violations", disturbed, *told])


def _told(violation: str, log: Log) -> str:
    about = log.about(set(_NAMES.findall(violation)))
    return "\n    ".join([violation, *map(repr, about[:_MOST_ENTRIES])])
