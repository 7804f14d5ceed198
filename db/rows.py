"""Rows as records. Ids and times come as text from SQLite and as objects from PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as _Uuid  # noqa: N811  a UUID too, read ten times as fast

from chat.records import (
    ApiToken,
    BranchKind,
    Conversation,
    Message,
    MessageError,
    MessageStatus,
    MonthlyUsage,
    Role,
    Run,
    RunStatus,
    UsageSource,
    User,
    UserRole,
)
from db.database import Row

Record = TypeVar("Record")
_time = datetime.fromisoformat

# What the readers below need, for SELECT and RETURNING.
USER = "id, name, email, role, token_limit, created_at"
API_TOKEN = "id, user_id, name, created_at, last_used_at, expires_at"  # noqa: S105  columns
CONVERSATION = (
    "id, user_id, name, model, system_prompt, temperature, max_tokens, parent_id, "
    "branched_at_index, branch_kind, root_id, active_variant_id, next_index, active_run_id, "
    "tokens_used, created_at, updated_at, archived_at"
)
MESSAGE = (
    "id, user_id, conversation_id, idx, role, content, status, model, finish_reason, error_code, "
    "error_message, error_retryable, error_retry_after_seconds, tokens_used, usage_source, "
    "created_at"
)
RUN = (
    "id, user_id, conversation_id, user_message_id, reply_id, status, idempotency_key, "
    "fingerprint, lease_owner, lease_expires_at, reserved_tokens, prompt_tokens, temperature, "
    "max_tokens, started_at, first_token_at, finished_at, stop_requested_at, request_id, "
    "traceparent"
)


# Looking up is several times as quick as calling an enumeration.
_BRANCH_KINDS: Mapping[str, BranchKind] = {one.value: one for one in BranchKind}
_MESSAGE_STATUSES: Mapping[str, MessageStatus] = {one.value: one for one in MessageStatus}
_ROLES: Mapping[str, Role] = {one.value: one for one in Role}
_RUN_STATUSES: Mapping[str, RunStatus] = {one.value: one for one in RunStatus}
_USAGE_SOURCES: Mapping[str, UsageSource] = {one.value: one for one in UsageSource}


def qualified(columns: str, table: str) -> str:
    """The same columns with the name or alias of their table before each."""
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


def uuid(value: UUID | str) -> UUID:
    """An id that is there."""
    return value if isinstance(value, UUID) else _Uuid(value)


def uuid_or_none(value: UUID | str | None) -> UUID | None:
    """An id that may not be there."""
    return None if value is None else uuid(value)


def time(value: datetime | str) -> datetime:
    """A time that is there."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def time_or_none(value: datetime | str | None) -> datetime | None:
    """A time that may not be there."""
    return None if value is None else time(value)


def user(row: Row) -> User:
    """A row of `users`."""
    return User(
        id=uuid(row["id"]),
        name=row["name"],
        email=row["email"],
        role=UserRole(row["role"]),
        token_limit=row["token_limit"],
        created_at=time(row["created_at"]),
    )


def api_token(row: Row) -> ApiToken:
    """A row of `api_tokens`."""
    return ApiToken(
        id=uuid(row["id"]),
        user_id=uuid(row["user_id"]),
        name=row["name"],
        created_at=time(row["created_at"]),
        last_used_at=time_or_none(row["last_used_at"]),
        expires_at=time_or_none(row["expires_at"]),
    )


def _values(columns: str) -> Callable[[Row], tuple[Any, ...]]:
    """Takes the values of these columns out of a row, in one go."""
    return itemgetter(*columns.split(", "))


def _thawed(kind: type) -> type[Any]:
    """A class of objects that are laid out as frozen records are, and that can be set.

    They become records by their `__class__`. Records' own way sets each value by a call, past what
    freezes them, and takes eight times as long.
    """
    slots = tuple(one.name for one in fields(kind))
    return type(f"Thawed{kind.__name__}", (), {"__slots__": slots})


_blank = object.__new__
_ThawedConversation = _thawed(Conversation)
_ThawedMessage = _thawed(Message)
_CONVERSATION_COLUMNS = len(CONVERSATION.split(", "))
_MESSAGE_COLUMNS = len(MESSAGE.split(", "))
_conversation_values = _values(CONVERSATION)
_message_values = _values(MESSAGE)


def conversation(row: Row) -> Conversation:
    """A row of `conversations`."""
    return _conversation(_conversation_values(row))


def message(row: Row) -> Message:
    """A row of `messages`."""
    return _message(_message_values(row))


def conversation_first(row: Row) -> Conversation | None:
    """The conversation in a row whose first columns are `CONVERSATION`, if there is one."""
    return None if row[0] is None else _conversation(row[:_CONVERSATION_COLUMNS])


def conversations_with_messages(found: Sequence[Row]) -> list[tuple[Conversation, Message | None]]:
    """Both in each row of `CONVERSATION` and `MESSAGE`; a conversation is in all of them."""
    conversation, message = slice(_CONVERSATION_COLUMNS), slice(_CONVERSATION_COLUMNS, None)
    id_ = _CONVERSATION_COLUMNS
    return [
        (
            _conversation(row[conversation]),
            None if row[id_] is None else _message(row[message]),
        )
        for row in found
    ]


def message_last(row: Row) -> Message | None:
    """The message in a row whose last columns are `MESSAGE`, if there is one."""
    return None if row[-_MESSAGE_COLUMNS] is None else _message(row[-_MESSAGE_COLUMNS:])


def _conversation(values: tuple[Any, ...]) -> Conversation:
    one = _blank(_ThawedConversation)
    (
        one.id,
        one.user_id,
        one.name,
        one.model,
        one.system_prompt,
        one.temperature,
        one.max_tokens,
        one.parent_id,
        one.branched_at_index,
        branch_kind,
        one.root_id,
        one.active_variant_id,
        one.next_index,
        one.active_run_id,
        one.tokens_used,
        one.created_at,
        one.updated_at,
        one.archived_at,
    ) = values
    one.branch_kind = None if branch_kind is None else _BRANCH_KINDS[branch_kind]
    if type(one.id) is str:  # Asked once for a row: on PostgreSQL all are what they are to be.
        one.id, one.user_id = _Uuid(one.id), _Uuid(one.user_id)
        one.parent_id, one.root_id = uuid_or_none(one.parent_id), uuid_or_none(one.root_id)
        one.active_variant_id = uuid_or_none(one.active_variant_id)
        one.active_run_id = uuid_or_none(one.active_run_id)
        one.created_at, one.updated_at = _time(one.created_at), _time(one.updated_at)
        one.archived_at = time_or_none(one.archived_at)
    one.__class__ = Conversation
    return cast("Conversation", one)


def _message(values: tuple[Any, ...]) -> Message:
    """A boolean comes from SQLite as a number."""
    one = _blank(_ThawedMessage)
    (
        one.id,
        one.user_id,
        one.conversation_id,
        one.index,
        role,
        one.content,
        status,
        one.model,
        one.finish_reason,
        error_code,
        error_message,
        error_retryable,
        error_retry_after_seconds,
        one.tokens_used,
        usage_source,
        one.created_at,
    ) = values
    one.role, one.status = _ROLES[role], _MESSAGE_STATUSES[status]
    one.usage_source = None if usage_source is None else _USAGE_SOURCES[usage_source]
    one.error = (
        None
        if error_code is None
        else MessageError(
            error_code, error_message, bool(error_retryable), error_retry_after_seconds
        )
    )
    if type(one.id) is str:  # as above
        one.id, one.user_id = _Uuid(one.id), _Uuid(one.user_id)
        one.conversation_id = _Uuid(one.conversation_id)
        one.created_at = _time(one.created_at)
    one.__class__ = Message
    return cast("Message", one)


def run(row: Row) -> Run:
    """A row of `runs`."""
    return Run(
        id=uuid(row["id"]),
        user_id=uuid(row["user_id"]),
        conversation_id=uuid(row["conversation_id"]),
        user_message_id=uuid(row["user_message_id"]),
        reply_id=uuid(row["reply_id"]),
        status=_RUN_STATUSES[row["status"]],
        idempotency_key=row["idempotency_key"],
        fingerprint=row["fingerprint"],
        lease_owner=row["lease_owner"],
        lease_expires_at=time_or_none(row["lease_expires_at"]),
        reserved_tokens=row["reserved_tokens"],
        prompt_tokens=row["prompt_tokens"],
        temperature=row["temperature"],
        max_tokens=row["max_tokens"],
        started_at=time(row["started_at"]),
        first_token_at=time_or_none(row["first_token_at"]),
        finished_at=time_or_none(row["finished_at"]),
        stop_requested_at=time_or_none(row["stop_requested_at"]),
        request_id=row["request_id"],
        traceparent=row["traceparent"],
    )


def monthly_usage(row: Row) -> MonthlyUsage:
    """A row of `monthly_usage`."""
    return MonthlyUsage(month=row["month"], used=row["used"], reserved=row["reserved"])
