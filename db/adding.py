"""Writing a family that comes from outside: records in, rows out, in one transaction.

The records were checked and have ids that nobody else has. Nothing is booked on a month: it was
not spent here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from chat.identifiers import uuid7
from chat.interchange.format import KeptConversation, KeptMessage, KeptRun, Record, source_at
from chat.interchange.identity import run_key
from chat.records import Message, RunStatus
from db import rows, sql
from db.database import Transaction
from db.search_index import index_messages
from db.writing import insert

_BATCH = 500
_CONVERSATION_COLUMNS = rows.CONVERSATION.split(", ")
_INSERT_MESSAGE = (
    f"INSERT INTO messages ({rows.MESSAGE}) "
    f"VALUES ({', '.join(f':{name}' for name in rows.MESSAGE.split(', '))})"
)
_RUN_COLUMNS = (
    "id, user_id, conversation_id, reply_id, status, reserved_tokens, prompt_tokens, temperature, "
    "max_tokens, started_at, first_token_at, finished_at"
)
# The user message is found by its place, since it may stand in another conversation.
_INSERT_RUN = (
    f"INSERT INTO runs ({_RUN_COLUMNS}, user_message_id) "
    f"VALUES ({', '.join(f':{name}' for name in _RUN_COLUMNS.split(', '))}, "
    "(SELECT id FROM messages WHERE conversation_id = :source AND idx = :answers))"
)


async def add_family(transaction: Transaction, *, records: Callable[[], Iterator[Record]]) -> None:
    """Write a family. Raises UniqueViolationError when one of it is there already."""
    adding = _Adding(transaction)
    for record in records():
        if isinstance(record, KeptConversation):
            await adding.conversation(record)
        else:
            await adding.message(record)
    await adding.end()


@dataclass(slots=True)
class _Adding:
    """What is left to write of a family that is being written."""

    transaction: Transaction
    current: KeptConversation | None = None
    written: set[UUID] = field(default_factory=set[UUID])
    messages: list[Message] = field(default_factory=list[Message])
    runs: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    later_runs: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    segments: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    active_variants: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

    async def conversation(self, kept: KeptConversation) -> None:
        """Insert a conversation; what refers to later ones waits for the end."""
        one = kept.conversation
        columns: dict[str, object] = {name: getattr(one, name) for name in _CONVERSATION_COLUMNS}
        await insert(self.transaction, "conversations", {**columns, "active_variant_id": None})
        if one.active_variant_id is not None:
            self.active_variants.append({"variant": one.active_variant_id, "id": one.id})
        self.segments += _segments(kept)
        self.current = kept
        self.written.add(one.id)

    async def message(self, kept: KeptMessage) -> None:
        """Insert a message and its run, some time soon."""
        self.messages.append(kept.message)
        if kept.run is not None and self.current is not None:
            source = source_at(self.current.path, kept.run.answers)
            runs = self.runs if source in self.written else self.later_runs
            runs.append(_run(kept.message, kept.run, source))
        if len(self.messages) >= _BATCH:
            await self._flush()

    async def end(self) -> None:
        """Insert the rest."""
        await self._flush()
        await self.transaction.many(_INSERT_RUN, self.later_runs)
        if self.segments:
            await self.transaction.many(sql.insert("segments", self.segments[0]), self.segments)
        await self.transaction.many(
            "UPDATE conversations SET active_variant_id = :variant WHERE id = :id",
            self.active_variants,
        )

    async def _flush(self) -> None:
        await self.transaction.many(_INSERT_MESSAGE, [_message(one) for one in self.messages])
        await index_messages(self.transaction, self.messages)
        await self.transaction.many(_INSERT_RUN, self.runs)
        self.messages.clear()
        self.runs.clear()


def _segments(kept: KeptConversation) -> list[dict[str, object]]:
    return [
        {
            "id": uuid7(),
            "user_id": kept.conversation.user_id,
            "conversation_id": kept.conversation.id,
            "position": position,
            "source_id": stretch.source_id,
            "from_index": stretch.start,
            "to_index": stretch.stop,
        }
        for position, stretch in enumerate(kept.path)
    ]


def _message(one: Message) -> dict[str, object]:
    """The columns in the order of `rows.MESSAGE`."""
    error = one.error
    return {
        "id": one.id,
        "user_id": one.user_id,
        "conversation_id": one.conversation_id,
        "idx": one.index,
        "role": one.role,
        "content": one.content,
        "status": one.status,
        "model": one.model,
        "finish_reason": one.finish_reason,
        "error_code": error and error.code,
        "error_message": error and error.message,
        "error_retryable": error and error.retryable,
        "error_retry_after_seconds": error and error.retry_after_seconds,
        "tokens_used": one.tokens_used,
        "usage_source": one.usage_source,
        "created_at": one.created_at,
    }


def _run(reply: Message, run: KeptRun, source: UUID) -> dict[str, object]:
    """The columns in the order of `_INSERT_RUN`; a run ends as its reply does."""
    return {
        "id": run_key(reply.id),
        "user_id": reply.user_id,
        "conversation_id": reply.conversation_id,
        "reply_id": reply.id,
        "status": RunStatus(reply.status.value),
        "reserved_tokens": 0,
        "prompt_tokens": run.prompt_tokens,
        "temperature": run.temperature,
        "max_tokens": run.max_tokens,
        "started_at": run.started_at,
        "first_token_at": run.first_token_at,
        "finished_at": run.finished_at,
        "source": source,
        "answers": run.answers,
    }
