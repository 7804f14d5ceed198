"""The steps that transactions on conversations are made of.

Whoever changes a conversation locks its row first (`lock_conversation`), a variant before its
root, and budgets are touched last: all transactions take their locks in that order, so they do
not deadlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.drafts import ConversationDraft
from chat.identifiers import uuid7
from chat.records import Conversation, Message, MessageStatus, Role
from db import rows, sql
from db.database import Transaction
from db.search_index import indexing
from db.sql import Dialect
from db.together import Statement, together
from db.together import insert as insert_rows

_CONVERSATION_COLUMNS = tuple(rows.CONVERSATION.split(", "))


async def lock_conversation(
    transaction: Transaction, user_id: UUID, conversation_id: UUID
) -> Conversation | None:
    """The conversation, with its row locked until the transaction ends."""
    row = await transaction.row(
        f"SELECT {rows.CONVERSATION} FROM conversations "
        "WHERE id = :id AND user_id = :user_id FOR UPDATE",
        id=conversation_id,
        user_id=user_id,
    )
    return None if row is None else rows.conversation(row)


async def insert(transaction: Transaction, table: str, columns: Mapping[str, object]) -> None:
    """Insert one row."""
    await transaction.rows(sql.insert(table, columns), **columns)


def new_conversation(
    user_id: UUID, draft: ConversationDraft, *, now: datetime, **fork: Any
) -> Conversation:
    """A conversation without messages; `fork` holds the fields of a branch."""
    fields: dict[str, Any] = dict.fromkeys(_CONVERSATION_COLUMNS)
    fields |= {
        "id": uuid7(),
        "user_id": user_id,
        "name": draft.name,
        "model": draft.model,
        "system_prompt": draft.system_prompt,
        "temperature": draft.temperature,
        "max_tokens": draft.max_tokens,
        "next_index": 0,
        "tokens_used": 0,
        "created_at": now,
        "updated_at": now,
    }
    return Conversation(**(fields | fork))


def inserting(conversation: Conversation) -> Statement:
    """What stores a conversation as it is."""
    columns = {name: getattr(conversation, name) for name in _CONVERSATION_COLUMNS}
    return insert_rows("conversations", [columns])


def segment(
    conversation: Conversation,
    *,
    position: int,
    source_id: UUID,
    from_index: int,
    to_index: int | None,
) -> dict[str, object]:
    """The columns of one segment of the conversation's path."""
    return {
        "id": uuid7(),
        "user_id": conversation.user_id,
        "conversation_id": conversation.id,
        "position": position,
        "source_id": source_id,
        "from_index": from_index,
        "to_index": to_index,
    }


def begun(
    user_id: UUID, draft: ConversationDraft, *, now: datetime
) -> tuple[Conversation, list[Message]]:
    """A new conversation and, where it has a prompt, its message 0; nothing is stored."""
    conversation = new_conversation(user_id, draft, now=now)
    if draft.system_prompt is None:
        return conversation, []
    prompt = new_message(conversation, Role.SYSTEM, draft.system_prompt, now=now)
    return replace(conversation, next_index=1), [prompt]


def starting(conversation: Conversation) -> list[Statement]:
    """What stores a conversation that begins, with its own, open segment."""
    own = segment(conversation, position=0, source_id=conversation.id, from_index=0, to_index=None)
    return [inserting(conversation), insert_rows("segments", [own])]


async def start_conversation(
    transaction: Transaction, user_id: UUID, draft: ConversationDraft, *, now: datetime
) -> tuple[Conversation, list[Message]]:
    """Store a new conversation; the messages that it has then."""
    conversation, messages = begun(user_id, draft, now=now)
    await together(transaction, [*starting(conversation), *storing(transaction.dialect, messages)])
    return conversation, messages


def new_message(
    conversation: Conversation,
    role: Role,
    content: str,
    *,
    now: datetime,
    offset: int = 0,
    status: MessageStatus = MessageStatus.COMPLETE,
    model: str | None = None,
) -> Message:
    """The message that gets the conversation's next index, or the `offset`-th after it."""
    return Message(
        id=uuid7(),
        user_id=conversation.user_id,
        conversation_id=conversation.id,
        index=conversation.next_index + offset,
        role=role,
        content=content,
        status=status,
        model=model,
        finish_reason=None,
        error=None,
        tokens_used=None,
        usage_source=None,
        created_at=now,
    )


async def append(
    transaction: Transaction,
    conversation: Conversation,
    messages: list[Message],
    *,
    now: datetime,
) -> Conversation:
    """Store messages that have the next indexes, and move `next_index` behind them."""
    columns: dict[str, object] = {
        "next_index": conversation.next_index + len(messages),
        "updated_at": now,
    }
    changing = updating(conversation.id, columns)
    await together(transaction, [*storing(transaction.dialect, messages), changing])
    return changed(conversation, columns)


def storing(dialect: Dialect, messages: Sequence[Message]) -> list[Statement]:
    """What stores a few messages and makes those findable that are final."""
    stored: list[dict[str, object]] = [
        {
            "id": message.id,
            "user_id": message.user_id,
            "conversation_id": message.conversation_id,
            "idx": message.index,
            "role": message.role,
            "content": message.content,
            "status": message.status,
            "model": message.model,
            "created_at": message.created_at,
        }
        for message in messages
    ]
    return [insert_rows("messages", stored), *indexing(dialect, messages)] if stored else []


def marking_used(conversation: Conversation) -> list[Statement]:
    """What makes a locked variant the one of its root's that was used last."""
    if conversation.root_id is None:
        return []
    return [updating(conversation.root_id, {"active_variant_id": conversation.id})]


async def set_columns(
    transaction: Transaction, conversation: Conversation, columns: Mapping[str, object]
) -> Conversation:
    """Update columns of a locked conversation and return it as it is then."""
    await together(transaction, [updating(conversation.id, columns)])
    return changed(conversation, columns)


def updating(conversation_id: UUID, columns: Mapping[str, object]) -> Statement:
    """What sets columns of a locked conversation."""
    text = f"UPDATE conversations SET {sql.assignments(columns)} WHERE id = :conversation_id"
    return Statement(text, {**columns, "conversation_id": conversation_id})


def changed(conversation: Conversation, columns: Mapping[str, object]) -> Conversation:
    """The conversation with these columns, which are named as the fields of the record."""
    known: dict[str, Any] = dict(columns)
    return replace(conversation, **known)
