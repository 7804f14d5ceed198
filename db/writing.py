"""The steps that transactions on conversations are made of.

Whoever changes a conversation locks its row first (`lock_conversation`), a variant before its
root, and budgets are touched last: all transactions take their locks in that order, so they do
not deadlock.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.drafts import ConversationDraft
from chat.identifiers import uuid7
from chat.records import Conversation, Message, MessageStatus, Role
from db import rows, sql
from db.database import Transaction
from db.search_index import index_messages


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


async def insert_conversation(
    transaction: Transaction,
    user_id: UUID,
    draft: ConversationDraft,
    *,
    now: datetime,
    fork: Mapping[str, object] | None = None,
) -> Conversation:
    """Insert a conversation without messages; `fork` holds the columns of a branch."""
    columns: dict[str, object] = {
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
        **(fork or {}),
    }
    statement = f"{sql.insert('conversations', columns)} RETURNING {rows.CONVERSATION}"
    return rows.conversation((await transaction.rows(statement, **columns))[0])


async def insert_segment(
    transaction: Transaction,
    conversation: Conversation,
    *,
    position: int,
    source_id: UUID,
    from_index: int,
    to_index: int | None,
) -> None:
    """Insert one segment of the conversation's path."""
    columns: dict[str, object] = {
        "id": uuid7(),
        "user_id": conversation.user_id,
        "conversation_id": conversation.id,
        "position": position,
        "source_id": source_id,
        "from_index": from_index,
        "to_index": to_index,
    }
    await insert(transaction, "segments", columns)


async def start_conversation(
    transaction: Transaction, user_id: UUID, draft: ConversationDraft, *, now: datetime
) -> tuple[Conversation, list[Message]]:
    """A new conversation with its own, open segment and, where it has a prompt, message 0."""
    conversation = await insert_conversation(transaction, user_id, draft, now=now)
    await insert_segment(
        transaction,
        conversation,
        position=0,
        source_id=conversation.id,
        from_index=0,
        to_index=None,
    )
    if draft.system_prompt is None:
        return conversation, []
    prompt = new_message(conversation, Role.SYSTEM, draft.system_prompt, now=now)
    return await append(transaction, conversation, [prompt], now=now), [prompt]


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
    active_run_id: UUID | None = None,
) -> Conversation:
    """Store messages that have the next indexes, and move `next_index` behind them."""
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
    await transaction.many(sql.insert("messages", stored[0]), stored)
    await index_messages(transaction, messages)
    columns: dict[str, object] = {
        "next_index": conversation.next_index + len(messages),
        "active_run_id": active_run_id or conversation.active_run_id,
        "updated_at": now,
    }
    return await set_columns(transaction, conversation, columns)


async def mark_used(transaction: Transaction, conversation: Conversation) -> Conversation:
    """Make a locked conversation the one of its variants that was used last."""
    if conversation.active_variant_id is not None:
        return await set_columns(transaction, conversation, {"active_variant_id": None})
    if conversation.root_id is not None:
        await transaction.rows(
            "UPDATE conversations SET active_variant_id = :id WHERE id = :root_id",
            id=conversation.id,
            root_id=conversation.root_id,
        )
    return conversation


async def set_columns(
    transaction: Transaction, conversation: Conversation, columns: Mapping[str, object]
) -> Conversation:
    """Update columns of a locked conversation and return it as it is then."""
    statement = f"UPDATE conversations SET {sql.assignments(columns)} WHERE id = :id"
    await transaction.rows(statement, **columns, id=conversation.id)
    known: dict[str, Any] = dict(columns)  # columns are named as the fields of the record
    return replace(conversation, **known)
