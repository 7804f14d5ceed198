"""What must hold of runs and replies at rest: final, once, in time, in order, and paid for."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.history.dump import Dump, StoredRun
from tests.history.log import Accepted, DatabaseAway, Deleting, Drained, Killed, Log, Stopped

FINAL = frozenset({"COMPLETE", "STOPPED", "INTERRUPTED", "FAILED"})
# A lease of 15 seconds, a sweep every 5, and the time that a reply itself may take.
LONGEST_SECONDS = 30.0


def check_final(log: Log, dump: Dump) -> Iterator[str]:
    """Everything is final, and the reply's state is its run's."""
    for message in dump.messages.values():
        if message.status not in FINAL:
            yield f"{message.id} is {message.status} at rest"
    for conversation in dump.conversations.values():
        if conversation.active_run is not None:
            yield f"{conversation.id} has an active run at rest: {conversation.active_run}"
    for run in dump.runs.values():
        reply = dump.messages.get(run.reply)
        if run.status not in FINAL or run.finished_at is None:
            yield f"{run.id} is {run.status} at rest"
        if reply is None or reply.status != run.status:
            yield f"{run.id} is {run.status} and its reply {reply}"
    yield from _check_one_reply_each(dump)
    yield from _check_statuses_seen(log, dump)


def _check_one_reply_each(dump: Dump) -> Iterator[str]:
    answered: dict[str, list[str]] = defaultdict(list)
    for run in dump.runs.values():
        answered[run.reply].append(run.id)
    for message in dump.messages.values():
        if message.role == "ASSISTANT" and len(answered[message.id]) != 1:
            yield f"{message.id} is the reply of {len(answered[message.id])} runs"


def _check_statuses_seen(log: Log, dump: Dump) -> Iterator[str]:
    seen = [(one.run, one.run_status, one) for one in log.all(Accepted)]
    stopped = [(one.run, one.status, one) for one in log.all(Stopped)]
    for id_, status, entry in (*seen, *stopped):
        run = dump.runs.get(id_)
        if run is not None and status in FINAL and run.status != status:
            yield f"{id_} was {status} and is {run.status}: {entry}"


def check_times(log: Log, dump: Dump) -> Iterator[str]:
    """Replies of a conversation come one after the other, in order, and none takes too long."""
    for runs in _by_conversation(dump).values():
        for run, next_run in pairwise(runs):
            began, ended = next_run.first_token_at, run.finished_at
            if began is not None and ended is not None and began < ended:
                yield f"{next_run.id} began before {run.id}, which stands before it, had ended"
        free_at = 0.0
        for run in runs:
            yield from _check_duration(run, max(free_at, run.started_at), log)
            free_at = max(free_at, run.finished_at or 0.0)


def _by_conversation(dump: Dump) -> dict[str, list[StoredRun]]:
    """The runs of each conversation in the order of their replies."""
    runs: dict[str, list[StoredRun]] = defaultdict(list)
    known = (run for run in dump.runs.values() if run.reply in dump.messages)
    for run in sorted(known, key=lambda one: dump.messages[one.reply].index):
        runs[run.conversation].append(run)
    return runs


def _check_duration(run: StoredRun, since: float, log: Log) -> Iterator[str]:
    if run.finished_at is None:
        return
    away = (*log.all(Killed), *log.all(DatabaseAway))
    down = sum(max(0.0, min(one.back_at, run.finished_at) - max(one.at, since)) for one in away)
    took = run.finished_at - since - down
    if took > LONGEST_SECONDS:
        yield f"{run.id} was open for {took:.1f} s while the server was up"


def check_interrupted(log: Log, dump: Dump) -> Iterator[str]:
    """Nobody interrupts a run whose process is there, and has its database.

    A process that is told to end does so itself, before it is gone.
    """
    away = (*log.all(Killed), *log.all(DatabaseAway))
    for run in dump.runs.values():
        if run.status == "INTERRUPTED" and run.finished_at is not None:
            since, until = run.started_at, run.finished_at
            drained = any(one.during(until, until) for one in log.all(Drained))
            if not drained and not any(one.during(since, until) for one in away):
                yield f"{run.id} was interrupted for no reason: {run}"


def check_usage(log: Log, dump: Dump) -> Iterator[str]:
    """Used tokens are those of the settled runs; nothing is reserved at rest.

    Who deletes has used more than what is left tells.
    """
    deleters = {one.user for one in log.all(Deleting)}
    spent, spent_in = _spent(dump)
    for usage in dump.usage:
        expected = spent.pop((usage.user, usage.month), 0)
        enough = usage.used >= expected if usage.user in deleters else usage.used == expected
        if not enough:
            yield f"{usage.user} used {usage.used} tokens and is settled for {expected}"
        if usage.reserved:
            yield f"{usage.user} has {usage.reserved} tokens reserved at rest"
    yield from (f"{user} has no usage of {month}" for user, month in spent)
    for conversation in dump.conversations.values():
        used, expected = conversation.tokens_used, spent_in[conversation.id]
        if conversation.user not in deleters and used != expected:
            yield f"{conversation.id} used {used} tokens and is settled for {expected}"


def _spent(dump: Dump) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """Tokens of the settled runs by user and month, and by conversation."""
    by_month: dict[tuple[str, str], int] = defaultdict(int)
    by_conversation: dict[str, int] = defaultdict(int)
    for run in dump.runs.values():
        reply = dump.messages.get(run.reply)
        if run.status in FINAL and reply is not None and reply.tokens_used is not None:
            tokens = run.prompt_tokens + reply.tokens_used
            by_month[run.user, run.month] += tokens
            by_conversation[run.conversation] += tokens
    return by_month, by_conversation
