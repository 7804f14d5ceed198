"""Records as wire types: the one place where they are made.

An answer may have hundreds of conversations and messages. What they have is set one by one on a
`blank` object, which takes a third as long as their `__init__`; a test sees to it that no field is
missing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from chat.accounts import BudgetReport
from chat.events import MessageAdded, MessageDelta, MessageFinished
from chat.interchange.importing import ImportReport
from chat.records import ApiToken, Conversation, Message, MessageError, Run, User
from chat.turn import Turn
from resolvers.ids import STARTS, Kind, encode
from schema import conversation as conversation_types
from schema import events, payloads, user
from schema import message as message_types
from schema import run as run_types
from schema.enums import (
    BranchKind,
    ErrorCode,
    MessageStatus,
    Role,
    RunStatus,
    UsageSource,
    UserRole,
)

Record = TypeVar("Record")
Wire = TypeVar("Wire")

blank = object.__new__
"""A wire object without what it is to have."""


# Looking up is several times as quick as asking an enumeration.
_ROLES: Mapping[str, Role] = Role.__members__.copy()
_MESSAGE_STATUSES: Mapping[str, MessageStatus] = MessageStatus.__members__.copy()
_USAGE_SOURCES: Mapping[str, UsageSource] = UsageSource.__members__.copy()

# Untyped: a text with something behind it is no `strawberry.ID` to a checker.
_CONVERSATION_START: Any = STARTS[Kind.CONVERSATION]
_MESSAGE_START: Any = STARTS[Kind.MESSAGE]
_MOST_INT = 2**31 - 1


def optional(present: Callable[[Record], Wire], record: Record | None) -> Wire | None:
    """A record that may not be there."""
    return None if record is None else present(record)


def _int32(count: int) -> int:
    """GraphQL's Int ends there; a month of more tokens must not make the query fail."""
    return min(count, _MOST_INT)


def _utc(moment: datetime) -> datetime:
    """A time in UTC. Stores give most times so; where there are many, they are not sent here."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def present_user(record: User) -> user.User:
    """A user."""
    return user.User(
        id=encode(Kind.USER, record.id),
        key=record.id,
        own_token_limit=record.token_limit,
        name=record.name,
        email=record.email,
        role=UserRole[record.role],
        created_at=_utc(record.created_at),
    )


def present_token(record: ApiToken) -> user.ApiToken:
    """A token."""
    return user.ApiToken(
        id=encode(Kind.API_TOKEN, record.id),
        name=record.name,
        created_at=_utc(record.created_at),
        last_used_at=optional(_utc, record.last_used_at),
        expires_at=optional(_utc, record.expires_at),
    )


def present_usage(report: BudgetReport) -> user.Usage:
    """A user's month."""
    return user.Usage(
        month=report.month,
        tokens_used=_int32(report.used),
        tokens_reserved=_int32(report.reserved),
        token_limit=report.limit,
        tokens_remaining=report.remaining,
        resets_at=report.resets_at,
    )


def present_conversation(record: Conversation) -> conversation_types.Conversation:
    """A conversation."""
    created_at, updated_at = record.created_at, record.updated_at
    archived_at, kind, tokens_used = record.archived_at, record.branch_kind, record.tokens_used
    one = blank(conversation_types.Conversation)
    one.key = record.id
    one.id = _CONVERSATION_START + one.key.hex
    one.parent_key = record.parent_id
    one.root_key = record.root_id
    one.active_run_key = record.active_run_id
    one.active_variant_key = record.active_variant_id
    one.name = record.name
    one.model = record.model
    one.system_prompt = record.system_prompt
    one.temperature = record.temperature
    one.max_tokens = record.max_tokens
    one.created_at = created_at if created_at.tzinfo is UTC else _utc(created_at)
    one.updated_at = updated_at if updated_at.tzinfo is UTC else _utc(updated_at)
    one.archived_at = None if archived_at is None else _utc(archived_at)
    one.message_count = record.next_index
    one.tokens_used = tokens_used if tokens_used < _MOST_INT else _MOST_INT  # noqa: FURB136  quicker
    one.branched_at_index = record.branched_at_index
    one.branch_kind = None if kind is None else BranchKind[kind]
    return one


def present_message(record: Message) -> message_types.Message:
    """A message."""
    source, error, created_at = record.usage_source, record.error, record.created_at
    one = blank(message_types.Message)
    one.key = record.id
    one.id = _MESSAGE_START + one.key.hex
    one.conversation_key = record.conversation_id
    one.index = record.index
    one.role = _ROLES[record.role]
    one.content = record.content
    one.status = _MESSAGE_STATUSES[record.status]
    one.model = record.model
    one.finish_reason = record.finish_reason
    one.tokens_used = record.tokens_used
    one.usage_source = None if source is None else _USAGE_SOURCES[source]
    one.error = None if error is None else _message_error(error)
    one.created_at = created_at if created_at.tzinfo is UTC else _utc(created_at)
    return one


def _message_error(record: MessageError) -> message_types.MessageError:
    return message_types.MessageError(
        code=ErrorCode[record.code],
        message=record.message,
        retryable=record.retryable,
        retry_after_seconds=record.retry_after_seconds,
    )


def present_run(record: Run) -> run_types.Run:
    """A run."""
    return run_types.Run(
        id=encode(Kind.RUN, record.id),
        conversation_key=record.conversation_id,
        user_message_key=record.user_message_id,
        reply_key=record.reply_id,
        status=RunStatus[record.status],
        started_at=_utc(record.started_at),
        first_token_at=optional(_utc, record.first_token_at),
        finished_at=optional(_utc, record.finished_at),
    )


def present_turn(turn: Turn) -> payloads.SendMessagePayload:
    """A turn."""
    conversation = present_conversation(turn.conversation) if turn.up_to_date else None
    return payloads.SendMessagePayload(
        conversation_key=turn.conversation.id,
        known_conversation=conversation,
        answer=present_message(turn.reply),
        failure=turn.error,
        run=present_run(turn.run),
        user_message=present_message(turn.user_message),
        tokens_used=turn.tokens_used,
    )


def present_import(
    report: ImportReport, conversations: Sequence[Conversation]
) -> payloads.ImportConversationsPayload:
    """What came of an import."""
    return payloads.ImportConversationsPayload(
        conversations=[present_conversation(one) for one in conversations],
        skipped=[
            payloads.SkippedImport(position=one.position, reason=one.reason)
            for one in report.skipped
        ],
    )


def _present_added(event: MessageAdded) -> events.MessageAdded:
    one = blank(events.MessageAdded)
    one.message = present_message(event.message)
    return one


def _present_delta(event: MessageDelta) -> events.MessageDelta:
    one = blank(events.MessageDelta)
    one.message_id = _MESSAGE_START + event.message_id.hex
    one.offset = event.offset
    one.text = event.text
    return one


def _present_finished(event: MessageFinished) -> events.MessageFinished:
    one = blank(events.MessageFinished)
    one.message = present_message(event.message)
    return one


_TOLD: Mapping[type, Callable[[Any], object]] = {
    Message: present_message,
    MessageAdded: _present_added,
    MessageDelta: _present_delta,
    MessageFinished: _present_finished,
}


def present_told(told: object) -> object:
    """What a subscription tells; anything but a record of these goes out as it is."""
    present = _TOLD.get(type(told))
    return told if present is None else present(told)
