"""What must hold of idempotency keys: a repeat is free, and gives what was given before."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from chat.error_codes import CATALOGUE, ErrorCode
from tests.history.dump import Dump, StoredRun
from tests.history.log import Accepted, Log


def check_keys(log: Log, dump: Dump) -> Iterator[str]:
    """One conversation, one user message, and one run, unless that may be tried again.

    A conversation that is deleted takes the keys of its turns with it.
    """
    by_key: dict[str, list[Accepted]] = {}
    for turn in log.all(Accepted):
        if turn.conversation in dump.conversations:
            by_key.setdefault(turn.key, []).append(turn)
    for key, turns in by_key.items():
        yield from _check_same(key, turns)
        runs = {turn.run: dump.runs[turn.run] for turn in turns if turn.run in dump.runs}
        yield from _check_successors(key, runs, dump)
        yield from _check_order(turns, runs)


def _check_same(key: str, turns: list[Accepted]) -> Iterator[str]:
    messages = {turn.user_message for turn in turns}
    if len(messages) > 1:
        yield f"the key {key} was answered with several user messages: {sorted(messages)}"
    conversations = {turn.conversation for turn in turns}
    if len(conversations) > 1:
        yield f"the key {key} was answered from several conversations: {sorted(conversations)}"
    replies = {(turn.run, turn.reply) for turn in turns}
    if len(replies) != len({turn.run for turn in turns}):
        yield f"the key {key} has a run with several replies: {sorted(replies)}"


def _check_successors(key: str, runs: Mapping[str, StoredRun], dump: Dump) -> Iterator[str]:
    """Only the last run of a key may be one that is not tried again."""
    in_order = sorted(runs.values(), key=lambda run: run.started_at)
    for run, successor in pairwise(in_order):
        if not may_run_again(run, dump):
            yield f"the key {key} was answered by {successor.id} after {run.status} {run.id}"


def may_run_again(run: StoredRun, dump: Dump) -> bool:
    """Whether a repeat calls the model again."""
    if run.status != "FAILED":
        return run.status == "INTERRUPTED"
    reply = dump.messages.get(run.reply)
    code = reply.error_code if reply is not None else None
    return CATALOGUE[ErrorCode(code or ErrorCode.INTERNAL)].retryable


def _check_order(turns: list[Accepted], runs: Mapping[str, StoredRun]) -> Iterator[str]:
    """Who asks after an answer was given does not get an older one."""
    known = [turn for turn in turns if turn.run in runs]
    for late in known:
        for early in known:
            older = runs[late.run].started_at < runs[early.run].started_at
            if early.at < late.asked_at and older:
                yield f"a repeat was answered with an older run than before: {early}, then {late}"
