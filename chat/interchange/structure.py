"""What the lines of one family say of one another: paths without a gap, and nothing else shown.

A `Family` is told one record after the other and raises BadUserInputError for what does not fit;
what can be told at the end only, it raises as MalformedImportError with the line. It keeps a byte
for each message, so that it can tell who speaks at an index.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest
from uuid import UUID

from chat.errors import BadUserInputError, MalformedImportError
from chat.interchange.format import KeptConversation, KeptMessage, Stretch, cut, source_at
from chat.records import BranchKind, Conversation, Role

_VARIANTS = (BranchKind.EDIT, BranchKind.REGENERATION)
# Deletes leave a conversation with the messages of others before its own, but hardly in pieces.
_MOST_RANGES = 100
_ROLES = {Role.SYSTEM: 0, Role.USER: 1, Role.ASSISTANT: 2}


@dataclass(slots=True)
class _Member:
    """A conversation of the family, and what is known of the messages written in it.

    `ranges` are the indexes of those; `roles` says who speaks in each; `prompts` are the indexes
    and digests of its system messages.
    """

    line: int
    conversation: Conversation
    path: tuple[Stretch, ...]
    ranges: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    roles: bytearray = field(default_factory=bytearray)
    prompts: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])

    @property
    def expected(self) -> int | None:
        """The index of the next message; None when there must be none."""
        passed = len(self.roles)
        for low, high in self.ranges:
            if passed < high - low:
                return low + passed
            passed -= high - low
        return None

    def role_at(self, index: int) -> int:
        """Who speaks in the message at an index, which must be there."""
        return self.roles[sum(min(high, index) - low for low, high in self.ranges if low < index)]

    def holds(self, low: int, high: int) -> bool:
        """Whether all messages with low <= index < high were written in it."""
        return any(start <= low and high <= stop for start, stop in self.ranges)


class Family:
    """The conversations of a family, in the order of their lines."""

    def __init__(self, key: UUID) -> None:
        """`key` is what all of its conversations name as their family."""
        self.key = key
        self._members: dict[UUID, _Member] = {}
        self._last: _Member | None = None
        # Replies to messages of other conversations: line, member, index of the user message.
        self._answers: list[tuple[int, _Member, int]] = []

    def begin(self, line: int, kept: KeptConversation) -> None:
        """Take a conversation."""
        self._refuse_unfinished()
        self._check_relations(kept.conversation)
        _check_path(kept.conversation, kept.path)
        ranges = _own_ranges(kept)
        if len(ranges) > _MOST_RANGES:
            raise BadUserInputError("path", "goes back and forth too often")
        member = _Member(line, kept.conversation, kept.path, ranges)
        self._members[kept.conversation.id] = self._last = member

    def add(self, line: int, kept: KeptMessage) -> None:
        """Take a message of the conversation that began last."""
        member, message = self._current, kept.message
        if message.index != member.expected:
            raise BadUserInputError("index", _wrong_index(member.expected))
        member.roles.append(_ROLES[message.role])
        if message.role is Role.SYSTEM:
            member.prompts.append((message.index, _digest(message.content)))
        if kept.run is not None:
            self._check_answer(line, member, kept.run.answers)

    @property
    def current(self) -> Conversation:
        """The conversation that began last."""
        return self._current.conversation

    @property
    def _current(self) -> _Member:
        if self._last is None:
            raise BadUserInputError("The line", "must be a conversation before its messages")
        return self._last

    def close(self) -> None:
        """Check what can be told only when all are there."""
        self._refuse_unfinished()
        for member in self._members.values():
            self._check_shared(member)
            self._check_parent(member)
            self._check_prompt(member)
            self._check_active_variant(member)
        for line, member, index in self._answers:
            source = self._members[source_at(member.path, index)]
            if source.role_at(index) != _ROLES[Role.USER]:
                raise MalformedImportError(line, "run.answers is not the index of a user message.")

    def _refuse_unfinished(self) -> None:
        if self._last is not None and (index := self._last.expected) is not None:
            raise BadUserInputError("The line", f"must be the message with index {index}")

    def _check_relations(self, one: Conversation) -> None:
        """Parents and roots come before those that refer to them, so they go in no circle."""
        if (one.branch_kind is None) is not (one.branched_at_index is None):
            raise BadUserInputError("branchedAtIndex", "belongs to a branchKind")
        if (one.branch_kind in _VARIANTS) is not (one.root_id is not None):
            raise BadUserInputError("root", "belongs to a variant")
        if one.branch_kind is None and one.parent_id is not None:
            raise BadUserInputError("parent", "belongs to a branch")
        parent = self._before("parent", one.parent_id)
        root = self._before("root", one.root_id)
        if root is not None and root.root_id is not None:
            raise BadUserInputError("root", "must not be a variant")
        if root is not None and parent is not None and (parent.root_id or parent.id) != root.id:
            raise BadUserInputError("root", "must be that of the parent")

    def _before(self, name: str, id_: UUID | None) -> Conversation | None:
        if id_ is None:
            return None
        if id_ not in self._members:
            raise BadUserInputError(name, "must be a conversation of the family on a line before")
        return self._members[id_].conversation

    def _check_answer(self, line: int, member: _Member, index: int) -> None:
        if source_at(member.path, index) != member.conversation.id:
            self._answers.append((line, member, index))
        elif member.role_at(index) != _ROLES[Role.USER]:
            raise BadUserInputError("run.answers", "is not the index of a user message")

    def _check_shared(self, member: _Member) -> None:
        """What others wrote is there, and the path is theirs up to where it forks off."""
        others = [one for one in member.path if one.source_id != member.conversation.id]
        for one in others:
            source = self._members.get(one.source_id)
            if source is None:
                raise MalformedImportError(member.line, "path.source is not in the family.")
            if not source.holds(one.start, one.stop or 0):
                raise MalformedImportError(member.line, "path shows messages that are not there.")
        if others:
            last = others[-1]
            self._check_same(member, self._members[last.source_id], last.stop or 0)

    def _check_parent(self, member: _Member) -> None:
        one = member.conversation
        if one.parent_id is not None:
            self._check_same(member, self._members[one.parent_id], one.branched_at_index or 0)

    @staticmethod
    def _check_same(member: _Member, other: _Member, stop: int) -> None:
        """Two paths are the same below an index."""
        pairs = zip_longest(cut(member.path, stop), cut(other.path, stop))
        if stop > other.conversation.next_index or any(one != two for one, two in pairs):
            raise MalformedImportError(
                member.line, "path differs from that of the conversation that it shares."
            )

    def _check_prompt(self, member: _Member) -> None:
        """The prompt in force is the last system message of the path."""
        expected = _digest(member.conversation.system_prompt or "")
        if self._last_prompt(member) != expected:
            problem = "systemPrompt is not the last system message of the path."
            raise MalformedImportError(member.line, problem)

    def _last_prompt(self, member: _Member) -> bytes:
        for one in reversed(member.path):
            prompts = self._members[one.source_id].prompts
            stop = member.conversation.next_index if one.stop is None else one.stop
            place = bisect_left(prompts, (stop, b""))
            if place and prompts[place - 1][0] >= one.start:
                return prompts[place - 1][1]
        return _digest("")

    def _check_active_variant(self, member: _Member) -> None:
        active = member.conversation.active_variant_id
        if active is None:
            return
        variant = self._members.get(active)
        if variant is None or variant.conversation.root_id != member.conversation.id:
            raise MalformedImportError(member.line, "activeVariant is no variant of it.")


def _check_path(one: Conversation, path: tuple[Stretch, ...]) -> None:
    """The segments follow on one another from 0, and the last, open one is its own."""
    if not path or path[-1].stop is not None or path[-1].source_id != one.id:
        raise BadUserInputError("path", "must end with an open segment of the conversation's own")
    place = 0
    for stretch in path[:-1]:
        if stretch.start != place or stretch.stop is None or stretch.stop <= place:
            raise BadUserInputError("path", "must have no gap")
        place = stretch.stop
    if path[-1].start != place or place != (one.branched_at_index or 0):
        raise BadUserInputError("path", "must be shared below branchedAtIndex, and only there")
    if place > one.next_index:
        raise BadUserInputError("messageCount", "must not be below branchedAtIndex")


def _own_ranges(kept: KeptConversation) -> list[tuple[int, int]]:
    """The indexes of the messages that were written in it, neighbours as one."""
    one = kept.conversation
    own = cut(kept.path, one.next_index)
    return [(low, high) for source, low, high in own if source == one.id]


def _digest(content: str) -> bytes:
    return sha256(content.encode()).digest()


def _wrong_index(expected: int | None) -> str:
    return "is one too many" if expected is None else f"must be {expected}"
