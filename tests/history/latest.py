"""What must hold of subscriptions while they are open: they tell of what happens, and soon.

The other checks would find nothing wrong with a stream that stands still.
"""

from collections import defaultdict
from collections.abc import Iterator

from tests.history.dump import Dump, StoredRun
from tests.history.log import DatabaseAway, Listened, Log, Streamed

# Redis may be away: then readers look into the database once a second.
LATEST_SECONDS = 5.0


def check_latest(log: Log, dump: Dump) -> Iterator[str]:
    """Whoever listens hears the end of each reply within five seconds, if the database is there."""
    told = {(one.subscription, one.message) for one in log.all(Streamed)}
    runs: dict[str, list[StoredRun]] = defaultdict(list)
    for run in dump.runs.values():
        runs[run.conversation].append(run)
    for heard in log.all(Listened):
        if any(one.during(heard.asked_at - 5, heard.at) for one in log.all(DatabaseAway)):
            continue
        due = (run for run in runs[heard.conversation] if _is_due(run, heard, dump))
        for run in due:
            if (heard.subscription, run.reply) not in told:
                yield f"{run.reply} had ended, and a subscription did not tell of it: {heard}"


def _is_due(run: StoredRun, heard: Listened, dump: Dump) -> bool:
    """Whether the end of its reply must have been told."""
    reply = dump.messages.get(run.reply)
    if reply is None or run.finished_at is None or reply.index <= heard.after_index:
        return False
    return max(run.finished_at, heard.asked_at) + LATEST_SECONDS < heard.at
