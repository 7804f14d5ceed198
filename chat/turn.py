"""One turn as its sender sees it: the input of a send, and what came of it."""

import hashlib
import json
from dataclasses import dataclass, replace
from uuid import UUID

from chat.drafts import OpenedRun, SettledRun
from chat.errors import ErrorCode, ModelError, ParleyError, RunInterruptedError
from chat.records import Conversation, Message, Run, RunStatus


@dataclass(frozen=True, slots=True)
class Send:
    """Input of sendMessage; None means left out."""

    content: str
    conversation_id: UUID | None = None
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    idempotency_key: str | None = None

    def fingerprint(self) -> str:
        """A digest that tells whether a repeated key came with the same input."""
        parts = [
            str(self.conversation_id),
            self.content,
            self.model,
            self.temperature,
            self.max_tokens,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Turn:
    """A user message and its reply; `error` says why the model gave none."""

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message
    error: ParleyError | None = None

    @property
    def tokens_used(self) -> int | None:
        """Prompt and completion tokens together, once they are known."""
        counts = (self.user_message.tokens_used, self.reply.tokens_used)
        known = [count for count in counts if count is not None]
        return sum(known) if known else None


def accepted(opened: OpenedRun) -> Turn:
    """A turn as it was accepted, or as a repeat found it."""
    turn = Turn(opened.conversation, opened.run, opened.user_message, opened.reply)
    return replace(turn, error=stored_error(opened.run, opened.reply))


def settled(turn: Turn, done: SettledRun, error: ParleyError | None = None) -> Turn:
    """The turn in its final state; `error` is what the model client said, if it said something."""
    return replace(
        turn,
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
        return ModelError(ErrorCode(reply.error_code or ErrorCode.INTERNAL))
    return None
