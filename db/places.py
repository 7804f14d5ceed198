"""Where a send writes: at the end of a conversation, of a new one, or of a variant.

A variant is a fork that stands for its conversation: made before an edited message, or before a
reply that is written once more.
"""

from dataclasses import dataclass
from uuid import UUID

from chat.drafts import EditedMessage, NewMessage, RegeneratedReply, RunDraft
from chat.errors import BadUserInputError, ConversationBusyError, NotFoundError
from chat.records import BranchKind, Conversation, Message, MessageStatus, Role
from db import rows
from db.branches import end_of_final, fork
from db.database import Transaction
from db.settling import message_of
from db.writing import begun, lock_conversation, new_message

_MAY_BE_REPLACED = (MessageStatus.FAILED, MessageStatus.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Place:
    """A locked conversation, and the user message to answer there.

    `user_message` is yet to be stored where it is `new`. So is all of a `new_conversation`, whose
    `first` messages stand before it.
    """

    conversation: Conversation
    user_message: Message
    new: bool
    first: tuple[Message, ...] = ()
    new_conversation: bool = False


async def find_place(transaction: Transaction, draft: RunDraft) -> Place:
    """Lock the conversation that the send writes in, or say which is to be made.

    Raises NotFoundError, BadUserInputError or ConversationBusyError.
    """
    match draft.target:
        case NewMessage() as target:
            return await _at_the_end(transaction, draft, target)
        case EditedMessage() as target:
            return await _in_place_of_message(transaction, draft, target)
        case RegeneratedReply() as target:
            return await _in_place_of_reply(transaction, draft, target)


async def _at_the_end(transaction: Transaction, draft: RunDraft, target: NewMessage) -> Place:
    if target.conversation_id is None:
        new, first = begun(draft.user_id, target.new_conversation, now=draft.now)
        message = new_message(new, Role.USER, target.content, now=draft.now)
        return Place(new, message, new=True, first=tuple(first), new_conversation=True)
    conversation = await lock_conversation(transaction, draft.user_id, target.conversation_id)
    if conversation is None:
        raise NotFoundError(field="conversationId")
    message = new_message(conversation, Role.USER, target.content, now=draft.now)
    return Place(conversation, message, new=True)


async def _in_place_of_message(
    transaction: Transaction, draft: RunDraft, target: EditedMessage
) -> Place:
    owner, message = await _locked(transaction, draft.user_id, target.message_id)
    if message.role is not Role.USER:
        raise BadUserInputError("messageId", "must be one of your messages, not a reply")
    variant = await _variant(transaction, draft, owner, message.index, BranchKind.EDIT)
    edited = new_message(variant, Role.USER, target.content, now=draft.now)
    return Place(variant, edited, new=True)


async def _in_place_of_reply(
    transaction: Transaction, draft: RunDraft, target: RegeneratedReply
) -> Place:
    owner, reply = await _locked(transaction, draft.user_id, target.message_id)
    if reply.role is not Role.ASSISTANT:
        raise BadUserInputError("messageId", "must be a reply")
    if not reply.status.final:
        raise ConversationBusyError
    user_message = await _answered_by(transaction, reply)
    if reply.status in _MAY_BE_REPLACED and await _is_last(transaction, owner, reply):
        return Place(owner, user_message, new=False)
    variant = await _variant(transaction, draft, owner, reply.index, BranchKind.REGENERATION)
    return Place(variant, user_message, new=False)


async def _locked(
    transaction: Transaction, user_id: UUID, message_id: UUID
) -> tuple[Conversation, Message]:
    """A message as it is once the conversation that it was written in is locked."""
    while True:
        row = await transaction.row(
            f"SELECT {rows.MESSAGE} FROM messages WHERE id = :id AND user_id = :user_id",
            id=message_id,
            user_id=user_id,
        )
        if row is None:
            raise NotFoundError(field="messageId")
        owner = await lock_conversation(transaction, user_id, rows.message(row).conversation_id)
        # A delete in between may have given the message to another conversation, or ended it.
        if owner is not None:
            message = await message_of(transaction, message_id)
            if message.conversation_id == owner.id:
                return owner, message


async def _variant(
    transaction: Transaction, draft: RunDraft, owner: Conversation, at: int, kind: BranchKind
) -> Conversation:
    if at > await end_of_final(transaction, owner):
        raise ConversationBusyError
    model = owner.model
    return await fork(transaction, owner, at, kind, name=owner.name, model=model, now=draft.now)


async def _answered_by(transaction: Transaction, reply: Message) -> Message:
    row = await transaction.row(
        "SELECT user_message_id FROM runs WHERE reply_id = :id", id=reply.id
    )
    if row is None:
        raise BadUserInputError("messageId", "must be a reply that was made here")
    return await message_of(transaction, rows.uuid(row["user_message_id"]))


async def _is_last(transaction: Transaction, owner: Conversation, reply: Message) -> bool:
    """Whether nothing was said after the reply; a changed prompt does not count."""
    row = await transaction.row(
        "SELECT id FROM messages WHERE conversation_id = :id AND idx > :index "
        "AND role <> 'SYSTEM' LIMIT 1",
        id=owner.id,
        index=reply.index,
    )
    return row is None
