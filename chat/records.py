"""The records that queries return and rules work on: frozen, slotted, free of any library.

Times are aware datetimes in UTC. Token counts are whole tokens. Text lengths are code points.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chat.origin import Origin


class UserRole(StrEnum):
    """What a user may do."""

    MEMBER = "MEMBER"
    ADMIN = "ADMIN"


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "SYSTEM"
    USER = "USER"
    ASSISTANT = "ASSISTANT"


class BranchKind(StrEnum):
    """Why a conversation was forked; EDIT and REGENERATION are variants."""

    TOPIC = "TOPIC"
    EDIT = "EDIT"
    REGENERATION = "REGENERATION"


class MessageStatus(StrEnum):
    """Where a message is in its life."""

    QUEUED = "QUEUED"
    STREAMING = "STREAMING"
    COMPLETE = "COMPLETE"
    STOPPED = "STOPPED"
    INTERRUPTED = "INTERRUPTED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether a message in this state never changes again."""
        return self not in (MessageStatus.QUEUED, MessageStatus.STREAMING)


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    STOPPED = "STOPPED"
    INTERRUPTED = "INTERRUPTED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether a run in this state never changes again."""
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


class UsageSource(StrEnum):
    """Where a token count comes from."""

    PROVIDER = "PROVIDER"
    ESTIMATED = "ESTIMATED"


@dataclass(frozen=True, slots=True)
class User:
    """`token_limit` is in tokens a month; None means the deployment's limit."""

    id: UUID
    name: str
    email: str
    role: UserRole
    token_limit: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret, of which only a hash is ever stored."""

    id: UUID
    user_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, by which API token (None: by another issuer's), and until when that is good."""

    user: User
    token: ApiToken | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claims:
    """What another issuer's token says of its holder, after everything in it was verified.

    `subject` is not blank, has at most 255 characters, and is unique with its issuer only; an
    issuer has no blanks in it. `name` and `email` are as they came; an address that the issuer
    has not verified is left out.
    """

    subject: str
    issuer: str
    expires_at: datetime
    name: str | None = None
    email: str | None = None

    @property
    def key(self) -> str:
        """Issuer and subject as one text, which names no two subjects."""
        return f"{self.issuer} {self.subject}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """`next_index` is the index that the next message gets, so also the number of messages.

    Messages with an index below `branched_at_index` are shared with the parent. `system_prompt`
    is the prompt in force. `tokens_used` counts what runs of this very conversation used.
    """

    id: UUID
    user_id: UUID
    name: str
    model: str
    system_prompt: str | None
    temperature: float | None
    max_tokens: int | None
    parent_id: UUID | None
    branched_at_index: int | None
    branch_kind: BranchKind | None
    root_id: UUID | None
    active_variant_id: UUID | None
    next_index: int
    active_run_id: UUID | None
    tokens_used: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageError:
    """Why a reply failed: a code of the catalogue, and what its sender was told."""

    code: str
    message: str
    retryable: bool
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `conversation_id` is the conversation it was written in, its owner."""

    id: UUID
    user_id: UUID
    conversation_id: UUID
    index: int
    role: Role
    content: str
    status: MessageStatus
    model: str | None
    finish_reason: str | None
    error: MessageError | None
    tokens_used: int | None
    usage_source: UsageSource | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a message stands: in the conversation that it was written in, at an index."""

    message_id: UUID
    conversation_id: UUID
    index: int


@dataclass(frozen=True, slots=True)
class Run:
    """One turn: a user message and its reply.

    `reserved_tokens` is what accepting it took from the month's budget: the estimate for what is
    sent, and the most that the reply may have. `prompt_tokens` is that estimate until the run is
    settled, and then what the prompt cost. `temperature` and `max_tokens` are what the sender
    asked for with this message, None where nothing was asked. `stop_requested_at` tells the
    process that drives it, whichever that is, to stop. `request_id` and `traceparent` are of the
    request that asked for it.
    """

    id: UUID
    user_id: UUID
    conversation_id: UUID
    user_message_id: UUID
    reply_id: UUID
    status: RunStatus
    idempotency_key: str | None
    fingerprint: str | None
    lease_owner: str | None
    lease_expires_at: datetime | None
    reserved_tokens: int
    prompt_tokens: int
    temperature: float | None
    max_tokens: int | None
    started_at: datetime
    first_token_at: datetime | None
    finished_at: datetime | None
    stop_requested_at: datetime | None = None
    request_id: str | None = None
    traceparent: str | None = None

    @property
    def origin(self) -> Origin:
        """On whose behalf it is driven, whichever process does that."""
        return Origin(self.request_id, self.traceparent)


@dataclass(frozen=True, slots=True)
class MonthlyUsage:
    """Tokens of one user in one month ("2026-11", UTC)."""

    month: str
    used: int
    reserved: int
