"""Forks: a branch shares its past by segments, so what it costs does not depend on its length."""

from datetime import datetime
from uuid import UUID

from chat.conversations import branch_name
from chat.drafts import BranchDraft, ConversationDraft
from chat.errors import BadUserInputError, NotFoundError
from chat.records import BranchKind, Conversation, Message, Role
from db import rows, sql
from db.database import Row, Transaction
from db.paths import read_ranges
from db.together import together
from db.writing import (
    append,
    inserting,
    lock_conversation,
    new_conversation,
    new_message,
    segment,
    set_columns,
)

# The literal 'SYSTEM' lets both databases use the partial index of prompts.
_PROMPT_IN_FORCE = """
    SELECT m.content
    FROM segments s JOIN messages m
      ON m.conversation_id = s.source_id AND m.idx >= s.from_index
     AND m.idx < LEAST(:fork, COALESCE(s.to_index, :fork))
    WHERE s.conversation_id = :conversation_id AND m.role = 'SYSTEM'
    ORDER BY m.idx DESC LIMIT 1
"""


async def branch_conversation(
    transaction: Transaction,
    user_id: UUID,
    conversation_id: UUID,
    draft: BranchDraft,
    *,
    now: datetime,
) -> Conversation:
    """Fork after `draft.at_message_id`, or after the last message before any that is not final."""
    parent = await lock_conversation(transaction, user_id, conversation_id)
    if parent is None:
        raise NotFoundError(field="conversationId")
    at = await _fork_index(transaction, parent, draft.at_message_id)
    branch = await fork(
        transaction,
        parent,
        at,
        BranchKind.TOPIC,
        name=draft.name or branch_name(parent.name),
        model=draft.model or parent.model,
        now=now,
    )
    if draft.system_prompt is None or draft.system_prompt == branch.system_prompt:
        return branch
    branch = await set_columns(transaction, branch, {"system_prompt": draft.system_prompt})
    appended = new_message(branch, Role.SYSTEM, draft.system_prompt, now=now)
    return await append(transaction, branch, [appended], now=now)


async def fork(
    transaction: Transaction,
    parent: Conversation,
    at: int,
    kind: BranchKind,
    *,
    name: str,
    model: str,
    now: datetime,
) -> Conversation:
    """A conversation that shows the parent's messages below index `at`, with the prompt there."""
    variant = kind is not BranchKind.TOPIC
    branch = new_conversation(
        parent.user_id,
        ConversationDraft(
            name=name,
            model=model,
            system_prompt=await _prompt_in_force(transaction, parent, at),
            temperature=parent.temperature,
            max_tokens=parent.max_tokens,
        ),
        now=now,
        parent_id=parent.id,
        branched_at_index=at,
        branch_kind=kind,
        root_id=(parent.root_id or parent.id) if variant else None,
        next_index=at,
    )
    await together(transaction, [inserting(branch)])
    await _share_past(transaction, parent, branch, at)
    return branch


async def _fork_index(
    transaction: Transaction, parent: Conversation, at_message_id: UUID | None
) -> int:
    """The first index that is not shared."""
    final_end = await end_of_final(transaction, parent)
    if at_message_id is None:
        return final_end
    index = await _index_on_path(transaction, parent, at_message_id)
    if index >= final_end:
        problem = "must not lie behind a message that is still being written"
        raise BadUserInputError("atMessageId", problem)
    return index + 1


async def end_of_final(transaction: Transaction, parent: Conversation) -> int:
    """The index of the first message that is not final; the active run's reply is that one."""
    if parent.active_run_id is None:
        return parent.next_index
    row = await transaction.row(
        "SELECT m.idx FROM runs r JOIN messages m ON m.id = r.reply_id WHERE r.id = :id",
        id=parent.active_run_id,
    )
    return row["idx"] if row else parent.next_index


async def _index_on_path(transaction: Transaction, parent: Conversation, message_id: UUID) -> int:
    row = await transaction.row(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id = :id AND user_id = :user_id",
        id=message_id,
        user_id=parent.user_id,
    )
    if row is None:
        raise NotFoundError(field="atMessageId")
    message = rows.message(row)
    if not await _shows(transaction, parent, message):
        raise BadUserInputError("atMessageId", "is not a message of this conversation")
    return message.index


async def _shows(transaction: Transaction, parent: Conversation, message: Message) -> bool:
    wanted = (parent.id, message.index, message.index + 1)
    found = (await read_ranges(transaction, parent.user_id, [wanted]))[wanted]
    return any(one.id == message.id for one in found)


async def _prompt_in_force(transaction: Transaction, parent: Conversation, fork: int) -> str | None:
    """The prompt at the fork, which is the parent's own unless it was changed behind the fork."""
    if fork == parent.next_index:
        return parent.system_prompt
    row = await transaction.row(_PROMPT_IN_FORCE, conversation_id=parent.id, fork=fork)
    return (row["content"] or None) if row else None


async def _share_past(
    transaction: Transaction, parent: Conversation, branch: Conversation, fork: int
) -> None:
    """Give the branch the parent's segments, cut at the fork, and then one of its own."""
    shared: list[Row] = await transaction.rows(
        "SELECT source_id, from_index, to_index FROM segments "
        "WHERE conversation_id = :id AND from_index < :fork ORDER BY position",
        id=parent.id,
        fork=fork,
    )
    segments = [
        segment(
            branch,
            position=position,
            source_id=rows.uuid(row["source_id"]),
            from_index=row["from_index"],
            to_index=fork if row["to_index"] is None else min(row["to_index"], fork),
        )
        for position, row in enumerate(shared)
    ]
    own = segment(branch, position=len(shared), source_id=branch.id, from_index=fork, to_index=None)
    await transaction.many(sql.insert("segments", own), [*segments, own])
