"""The path of each conversation, put together from its segments, and what must hold of paths."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from tests.history.dump import Dump, StoredConversation, StoredMessage, StoredSegment
from tests.history.log import Branched, Log

Path = list[StoredMessage]


def read_paths(dump: Dump) -> dict[str, Path]:
    """The messages that each conversation shows, in the order of its segments."""
    written: dict[str, list[StoredMessage]] = {}
    for message in sorted(dump.messages.values(), key=lambda one: one.index):
        written.setdefault(message.conversation, []).append(message)
    paths: dict[str, Path] = {conversation: [] for conversation in dump.conversations}
    for segment in _in_order(dump):
        shown = [one for one in written.get(segment.source, []) if _within(one, segment)]
        paths.setdefault(segment.conversation, []).extend(shown)
    return paths


def _in_order(dump: Dump) -> list[StoredSegment]:
    return sorted(dump.segments, key=lambda one: (one.conversation, one.position))


def _within(message: StoredMessage, segment: StoredSegment) -> bool:
    below = segment.to_index is None or message.index < segment.to_index
    return segment.from_index <= message.index and below


def check_paths(dump: Dump, paths: Mapping[str, Path]) -> Iterator[str]:
    """Indexes are 0, 1, 2, …, every message shows somewhere, and forks show what they share."""
    for id_, path in paths.items():
        indexes = [one.index for one in path]
        if id_ not in dump.conversations:
            yield f"{id_} has segments and no row"
        elif indexes != list(range(dump.conversations[id_].next_index)):
            expected = dump.conversations[id_].next_index
            yield f"{id_} shows the indexes {indexes}, not 0 to {expected - 1}"
    shown = {message.id for path in paths.values() for message in path}
    for message in dump.messages.values():
        if message.id not in shown:
            yield f"{message.id} is stored and shows in no conversation"
    yield from _check_segments(dump)
    for conversation in dump.conversations.values():
        yield from _check_fork(conversation, paths)


def _check_segments(dump: Dump) -> Iterator[str]:
    for one, next_one in pairwise(_in_order(dump)):
        if one.conversation == next_one.conversation and one.to_index != next_one.from_index:
            yield f"{one.conversation} has segments that do not meet: {one}, {next_one}"


def _check_fork(conversation: StoredConversation, paths: Mapping[str, Path]) -> Iterator[str]:
    fork = conversation.branched_at_index
    if conversation.parent is None or fork is None:
        return
    own, parents = paths[conversation.id], paths.get(conversation.parent, [])
    if own[:fork] != parents[:fork]:
        yield f"{conversation.id} and its parent {conversation.parent} differ below index {fork}"
    shared = {one.id for one in own[fork:]} & {one.id for one in parents[fork:]}
    if shared:
        yield f"{conversation.id} shows what its parent got after the fork: {sorted(shared)}"


def check_branches(log: Log, dump: Dump, paths: Mapping[str, Path]) -> Iterator[str]:
    """A branch shows for good what it showed when it was made."""
    for branched in log.all(Branched):
        conversation = dump.conversations.get(branched.child)
        if conversation is None:
            continue  # whether it may be missing is checked with the deleted ones
        if conversation.branched_at_index != branched.at_index:
            yield f"{branched.child} is forked at {conversation.branched_at_index}: {branched}"
        path = paths[branched.child][: branched.at_index]
        if [(one.id, one.index, one.content) for one in path] != [
            (one.id, one.index, one.content) for one in branched.prefix
        ]:
            yield f"{branched.child} no longer shows the past that it was made with"
