"""Rows as records. Ids and times come as text from SQLite and as objects from PostgreSQL."""

from collections.abc import Mapping
from datetime import datetime
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


def _uuid_or_none(value: UUID | str | None) -> UUID | None:
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


def conversation(row: Row) -> Conversation:
    """A row of `conversations`."""
    kind = row["branch_kind"]
    return Conversation(
        id=uuid(row["id"]),
        user_id=uuid(row["user_id"]),
        name=row["name"],
        model=row["model"],
        system_prompt=row["system_prompt"],
        temperature=row["temperature"],
        max_tokens=row["max_tokens"],
        parent_id=_uuid_or_none(row["parent_id"]),
        branched_at_index=row["branched_at_index"],
        branch_kind=None if kind is None else _BRANCH_KINDS[kind],
        root_id=_uuid_or_none(row["root_id"]),
        active_variant_id=_uuid_or_none(row["active_variant_id"]),
        next_index=row["next_index"],
        active_run_id=_uuid_or_none(row["active_run_id"]),
        tokens_used=row["tokens_used"],
        created_at=time(row["created_at"]),
        updated_at=time(row["updated_at"]),
        archived_at=time_or_none(row["archived_at"]),
    )


def message(row: Row) -> Message:
    """A row of `messages`."""
    source = row["usage_source"]
    return Message(
        id=uuid(row["id"]),
        user_id=uuid(row["user_id"]),
        conversation_id=uuid(row["conversation_id"]),
        index=row["idx"],
        role=_ROLES[row["role"]],
        content=row["content"],
        status=_MESSAGE_STATUSES[row["status"]],
        model=row["model"],
        finish_reason=row["finish_reason"],
        error=_message_error(row),
        tokens_used=row["tokens_used"],
        usage_source=None if source is None else _USAGE_SOURCES[source],
        created_at=time(row["created_at"]),
    )


def _message_error(row: Row) -> MessageError | None:
    """What was stored with a failed reply; SQLite tells a boolean as a number."""
    if row["error_code"] is None:
        return None
    return MessageError(
        code=row["error_code"],
        message=row["error_message"],
        retryable=bool(row["error_retryable"]),
        retry_after_seconds=row["error_retry_after_seconds"],
    )


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
