"""What the rules hand to the stores and get back: checked input, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.origin import NOBODY, Origin
from chat.records import (
    Conversation,
    Message,
    MessageError,
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


class OnBusy(StrEnum):
    """What a send gets while another run is open in its conversation."""

    REJECT = "REJECT"
    ENQUEUE = "ENQUEUE"
    INTERRUPT = "INTERRUPT"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message at the end of a conversation; without an id it starts `new_conversation`."""

    conversation_id: UUID | None
    new_conversation: ConversationDraft
    content: str


@dataclass(frozen=True, slots=True)
class EditedMessage:
    """Another message in place of one of the user's, in a variant of its conversation."""

    message_id: UUID
    content: str


@dataclass(frozen=True, slots=True)
class RegeneratedReply:
    """Another reply to the same user message, in a variant of its conversation.

    A FAILED or INTERRUPTED last reply is followed by a new one in the same conversation.
    """

    message_id: UUID


RunTarget = NewMessage | EditedMessage | RegeneratedReply


@dataclass(frozen=True, slots=True)
class Lease:
    """Who drives a run, and for how long from now on nobody else may take it.

    What time it is, is said by the store alone: the clocks of processes may differ.
    """

    owner: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A send that passed every check that needs no database.

    `model`, `temperature` and `max_tokens` are what the sender asked for with this message.
    `fingerprint` tells whether a repeat of the key asks for the same.
    `run_id` is the id of the run to be, `origin` the request that asks for it. `token_limit` is
    the deployment's limit, for users that have none of their own.
    """

    user_id: UUID
    target: RunTarget
    model: str | None
    temperature: float | None
    max_tokens: int | None
    idempotency_key: str | None
    fingerprint: str | None
    allowed_models: frozenset[str]
    default_max_tokens: int
    token_limit: int | None
    history: HistoryLimits
    lease: Lease
    now: datetime
    on_busy: OnBusy = OnBusy.REJECT
    origin: Origin = NOBODY
    run_id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run that was accepted, now or (`repeated`) before under the same idempotency key.

    `added` are the messages that this call stored, in the order of their indexes. `window` is
    what is sent to the model after the prompt in force, oldest first, ending with the user
    message; it is empty for a repeat and for a run that waits. `interrupts` is the run that has
    to stop for this one.
    """

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message
    repeated: bool
    added: tuple[Message, ...] = ()
    window: tuple[Message, ...] = ()
    interrupts: UUID | None = None


class LeaseState(StrEnum):
    """What a checkpoint finds: the run is the owner's, is to be stopped, or is not the owner's."""

    HELD = "HELD"
    STOP_REQUESTED = "STOP_REQUESTED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The text so far (None: as before) and the renewed lease of a run."""

    lease: Lease
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
    error: MessageError | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    usage_source: UsageSource | None = None

    @property
    def message_status(self) -> MessageStatus:
        """The reply ends in the state of its run."""
        return MessageStatus(self.status.value)


@dataclass(frozen=True, slots=True)
class SettledRun:
    """A run in its final state, with its conversation and its messages as they are stored.

    `next_run_id` is the conversation's run whose turn it is now, if one waits.
    """

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message
    next_run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took: the conversations, and how many messages."""

    conversation_ids: tuple[UUID, ...]
    messages: int


@dataclass(frozen=True, slots=True)
class StopRequest:
    """What came of asking a run to stop: how it is now, and whether this call settled it."""

    run: Run
    settled: SettledRun | None = None
