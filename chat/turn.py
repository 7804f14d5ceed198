"""One turn as its sender sees it: the input of a send, and what came of it."""

import hashlib
import json
from dataclasses import dataclass, fields, replace
from uuid import UUID

from chat.drafts import OnBusy, OpenedRun, SettledRun
from chat.error_codes import ErrorCode
from chat.errors import ParleyError, RunInterruptedError
from chat.records import Conversation, Message, MessageError, Run, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What every way of asking the model has in common; None means left out."""

    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    idempotency_key: str | None = None
    on_busy: OnBusy = OnBusy.REJECT


@dataclass(frozen=True, slots=True)
class Send(_Ask):
    """Input of sendMessage."""

    content: str
    conversation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Edit(_Ask):
    """Input of editMessage."""

    message_id: UUID
    content: str


@dataclass(frozen=True, slots=True)
class Regenerate(_Ask):
    """Input of regenerateReply."""

    message_id: UUID


Ask = Send | Edit | Regenerate


def fingerprint(ask: Ask) -> str:
    """A digest that tells whether a repeated key came with the same input.

    What to do when the conversation is busy does not change what is asked.
    """
    left_out = {"idempotency_key", "on_busy"}
    names = [one.name for one in fields(ask) if one.name not in left_out]
    parts = {name: getattr(ask, name) for name in names}
    text = json.dumps([type(ask).__name__, parts], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Turn:
    """A user message and its reply; `error` says why the model gave none.

    `up_to_date` says that the conversation is as it was when this turn was last heard of.
    """

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message
    error: ParleyError | None = None
    up_to_date: bool = True

    @property
    def tokens_used(self) -> int | None:
        """Prompt and completion tokens together, once they are known."""
        completion = self.reply.tokens_used
        return None if completion is None else self.run.prompt_tokens + completion


def accepted(opened: OpenedRun) -> Turn:
    """A turn as it was accepted, or as a repeat found it."""
    turn = Turn(opened.conversation, opened.run, opened.user_message, opened.reply)
    return replace(turn, error=stored_error(opened.run, opened.reply))


def settled(turn: Turn, done: SettledRun, error: ParleyError | None = None) -> Turn:
    """The turn in its final state; `error` is what the model client said, if it said something."""
    return replace(
        turn,
        conversation=done.conversation,
        run=done.run,
        user_message=done.user_message,
        reply=done.reply,
        error=error or stored_error(done.run, done.reply),
    )


def stored_error(run: Run, reply: Message) -> ParleyError | None:
    """The error of a run, as far as it is stored."""
    if run.status is RunStatus.INTERRUPTED:
        return RunInterruptedError()
    if run.status is RunStatus.FAILED:
        return _told(reply.error)
    return None


def _told(error: MessageError | None) -> ParleyError:
    if error is None:
        return ParleyError(code=ErrorCode.INTERNAL)
    return ParleyError(
        error.message,
        code=ErrorCode(error.code),
        retryable=error.retryable,
        retry_after_seconds=error.retry_after_seconds,
    )


def to_store(error: ParleyError) -> MessageError:
    """An error as it is stored with the reply that it ended."""
    return MessageError(error.code.value, str(error), error.retryable, error.retry_after_seconds)
