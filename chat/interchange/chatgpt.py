"""ChatGPT's conversations.json in Parley's own format.

A conversation's path to where its reader was becomes a conversation; what stands beside it, made
by edits and regenerations, becomes variants of it. Everything is then read and checked as any
other file.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from chat import checks
from chat.conversations import name_after
from chat.interchange import chatgpt_text, writing
from chat.interchange.chatgpt_tree import Node, Tree, newest_line, tree
from chat.interchange.format import KeptConversation, KeptMessage, KeptRun, Record, Stretch, cut
from chat.interchange.identity import foreign_key
from chat.interchange.ports import WritableFile
from chat.records import BranchKind, Conversation, Message, MessageStatus, Role

_MOST_STRETCHES = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)


class ChatGptExport:
    """Writes conversations, one after the other, into a file of Parley's own format.

    `left_out` holds what was left out: the number of the conversation, and a sentence.
    """

    def __init__(self, file: WritableFile, *, now: datetime, default_model: str) -> None:
        """Write the header; `default_model` is for conversations that name none."""
        self.left_out: list[tuple[int, str]] = []
        self._file = file
        self._default_model = default_model
        self._position = self._lines = self._conversations = self._messages = 0
        self._starts: list[tuple[int, int]] = []
        self._seen: set[UUID] = set()
        self._write(writing.header(now))

    def add(self, element: object) -> None:
        """Write the next conversation, or note why not."""
        self._position += 1
        values = chatgpt_text.mapping(element)
        left_out: Counter[str] = Counter()
        made = tree(values, left_out)
        problem = self._problem(values, made)
        if problem is not None:
            self.left_out.append((self._position, problem))
            return
        self._starts.append((self._lines + 1, self._position))
        for record in _records(values, made, self._default_model, left_out):
            self._write_record(record)
        if left_out:
            names = ", ".join(f"{name} ({count})" for name, count in sorted(left_out.items()))
            self.left_out.append((self._position, f"not taken over: {names}"))

    def end(self) -> None:
        """Write the last line."""
        self._write(writing.end(conversations=self._conversations, messages=self._messages))

    def position_of(self, line: int) -> int:
        """The number of the conversation that a line came of."""
        return self._starts[bisect_right(self._starts, (line, self._position)) - 1][1]

    def _problem(self, values: dict[str, object], made: Tree) -> str | None:
        """Why a conversation cannot be taken over."""
        if not _id(values):
            return "is no conversation with an id"
        if not made.roots:
            return "holds nothing that was said"
        key = _key(values, made)
        if key in self._seen:
            return "has the id of a conversation before it"
        self._seen.add(key)
        return None

    def _write_record(self, record: Record) -> None:
        if isinstance(record, KeptConversation):
            self._conversations += 1
            self._write(writing.conversation_line(record))
        else:
            self._messages += 1
            self._write(writing.message_line(record))

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._lines += 1


def _id(values: dict[str, object]) -> str:
    known = values.get("conversation_id") or values.get("id")
    return chatgpt_text.text(known, longest=checks.LONGEST_NAME)


def _created(values: dict[str, object], made: Tree) -> datetime:
    return chatgpt_text.moment(values.get("create_time")) or made.roots[0].said.at or _EPOCH


def _key(values: dict[str, object], made: Tree) -> UUID:
    return foreign_key(f"chatgpt {_id(values)}", _created(values, made))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a variant begins, and the conversation that it was forked from."""

    node: Node
    parent: KeptConversation


def _records(
    values: dict[str, object], made: Tree, default_model: str, left_out: Counter[str]
) -> Iterator[Record]:
    """The conversation, then its variants, each after its parent."""
    root = _root(values, made, default_model)
    line = made.main_line()
    waiting: deque[_Place] = deque()
    yield from _written(root, line)
    waiting += _forks(made, root, line)
    while waiting:
        place = waiting.popleft()
        if len(place.parent.path) > _MOST_STRETCHES:
            left_out["variants of variants, too deep"] += 1
            continue
        line = newest_line(place.node)
        variant = _variant(root.conversation, place, len(line))
        yield from _written(variant, line)
        waiting += _forks(made, variant, line[1:])


def _forks(made: Tree, kept: KeptConversation, line: list[Node]) -> Iterator[_Place]:
    """What stands beside the nodes of a line."""
    for node in line:
        for other in made.siblings(node):
            if other is not node:
                yield _Place(other, kept)


def _root(values: dict[str, object], made: Tree, default_model: str) -> KeptConversation:
    line = made.main_line()
    models = [node.said.model for node in line if node.said.model]
    slug = chatgpt_text.text(values.get("default_model_slug"), longest=checks.LONGEST_NAME)
    title = chatgpt_text.text(values.get("title"), longest=checks.LONGEST_NAME)
    created = _created(values, made)
    key = _key(values, made)
    updated = chatgpt_text.moment(values.get("update_time")) or created
    conversation = Conversation(
        id=key,
        user_id=_NOBODY,
        name=title if title.strip() else name_after(line[0].said.content),
        model=slug if slug.strip() else (models or [default_model])[-1],
        system_prompt=None,
        temperature=None,
        max_tokens=None,
        parent_id=None,
        branched_at_index=None,
        branch_kind=None,
        root_id=None,
        active_variant_id=None,
        next_index=len(line),
        active_run_id=None,
        tokens_used=0,
        created_at=created,
        updated_at=updated,
        archived_at=updated if values.get("is_archived") is True else None,
    )
    return KeptConversation(conversation, key, (Stretch(key, 0, None),))


def _variant(root: Conversation, place: _Place, length: int) -> KeptConversation:
    node, parent = place.node, place.parent
    created = node.said.at or root.created_at
    key = foreign_key(f"{root.id} {node.id}", created)
    edit = node.said.role is Role.USER
    conversation = replace(
        root,
        id=key,
        parent_id=parent.conversation.id,
        branched_at_index=node.index,
        branch_kind=BranchKind.EDIT if edit else BranchKind.REGENERATION,
        root_id=root.id,
        next_index=node.index + length,
        created_at=created,
    )
    shared = tuple(Stretch(*part) for part in cut(parent.path, node.index))
    return KeptConversation(conversation, root.id, (*shared, Stretch(key, node.index, None)))


def _written(kept: KeptConversation, line: list[Node]) -> Iterator[Record]:
    yield kept
    time = kept.conversation.created_at
    for node in line:
        time = node.said.at or time
        yield _message(kept.conversation, node, time)


def _message(owner: Conversation, node: Node, time: datetime) -> KeptMessage:
    reply = node.said.role is Role.ASSISTANT
    message = Message(
        id=foreign_key(f"{owner.id} {node.id}", time),
        user_id=_NOBODY,
        conversation_id=owner.id,
        index=node.index,
        role=node.said.role,
        content=node.said.content,
        status=MessageStatus.COMPLETE,
        model=node.said.model,
        finish_reason=None,
        error=None,
        tokens_used=None,
        usage_source=None,
        created_at=time,
    )
    asked = node.asked if reply else None
    if asked is None:
        return KeptMessage(message, None)
    run = KeptRun(
        answers=asked,
        prompt_tokens=0,
        temperature=None,
        max_tokens=None,
        started_at=time,
        first_token_at=None,
        finished_at=time,
    )
    return KeptMessage(message, run)
