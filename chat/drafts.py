"""What the rules hand to the stores and get back: checked input, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chat.history import HistoryLimits
from chat.records import (
    Conversation,
    Message,
    MessageStatus,
    Run,
    RunStatus,
    UsageSource,
)


@dataclass(frozen=True, slots=True)
class ConversationDraft:
    """A conversation to be; None leaves the deployment's value in force."""

    name: str
    model: str
    system_prompt: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ConversationChanges:
    """Columns to set; what is not named stays. `archived` sets or clears `archived_at`."""

    columns: Mapping[str, object]
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class BranchDraft:
    """A fork to be. None keeps what the parent has at the fork."""

    at_message_id: UUID | None
    name: str | None
    system_prompt: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations a list shows. `archived` None shows both."""

    archived: bool | None = False
    name_contains: str | None = None
    parent_id: UUID | None = None
    include_variants: bool = False


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A send that passed every check that needs no database.

    Without `conversation_id` it starts `new_conversation`. `model`, `temperature` and
    `max_tokens` are what the sender asked for with this message. `token_limit` is the
    deployment's limit, for users that have none of their own.
    """

    user_id: UUID
    conversation_id: UUID | None
    new_conversation: ConversationDraft
    content: str
    model: str | None
    temperature: float | None
    max_tokens: int | None
    idempotency_key: str | None
    fingerprint: str
    allowed_models: frozenset[str]
    default_max_tokens: int
    token_limit: int | None
    history: HistoryLimits
    lease_owner: str
    lease_expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run that was accepted, now or (`repeated`) before under the same idempotency key.

    `added` are the messages that this call stored, in the order of their indexes. `window` is
    what is sent to the model after the prompt in force, oldest first, ending with the user
    message; it is empty for a repeat.
    """

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message
    repeated: bool
    added: tuple[Message, ...] = ()
    window: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The text so far (None: as before) and the renewed lease of a run."""

    owner: str
    lease_expires_at: datetime
    text: str | None = None
    first_token_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. Token counts are None when nothing was billed."""

    owner: str
    status: RunStatus
    text: str
    finished_at: datetime
    first_token_at: datetime | None = None
    finish_reason: str | None = None
    error_code: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    usage_source: UsageSource | None = None

    @property
    def message_status(self) -> MessageStatus:
        """The reply ends in the state of its run."""
        return MessageStatus(self.status.value)


@dataclass(frozen=True, slots=True)
class SettledRun:
    """A run in its final state, with its messages as they are stored."""

    run: Run
    user_message: Message
    reply: Message
