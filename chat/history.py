"""What of a conversation is sent to the model: the prompt in force, then the last messages.

Sent are finished messages that have text: what the user wrote, whole replies, and the kept part
of replies that were stopped or interrupted. Left out are failed, queued and empty ones, and
`system` messages, since the prompt in force goes first and only once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chat import budget
from chat.model import PromptMessage
from chat.records import Message, MessageStatus, Role

_SENT = frozenset({MessageStatus.COMPLETE, MessageStatus.STOPPED, MessageStatus.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """How much of a path is sent: at most so many messages and so many estimated tokens."""

    messages: int
    tokens: int


def counts(message: Message) -> bool:
    """Whether a message belongs to what is sent."""
    return message.role is not Role.SYSTEM and message.status in _SENT and bool(message.content)


class Window:
    """Gathers the messages to send from the newest to the oldest, until a limit is met.

    The newest one, the new user message, is always taken, even when it alone is over the limit.
    """

    def __init__(self, limits: HistoryLimits) -> None:
        """Start empty."""
        self._limits = limits
        self._newest_first: list[Message] = []
        self._tokens = 0
        self.full = False

    def extend_back(self, newest_first: Iterable[Message]) -> None:
        """Take older messages, until the window is `full`."""
        for message in newest_first:
            if self.full or not counts(message):
                continue
            self._take(message)

    def _take(self, message: Message) -> None:
        tokens = budget.message_tokens(message.content)
        if self._newest_first and self._tokens + tokens > self._limits.tokens:
            self.full = True
            return
        self._newest_first.append(message)
        self._tokens += tokens
        self.full = len(self._newest_first) >= self._limits.messages

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was taken, oldest first."""
        return tuple(reversed(self._newest_first))


def prompt(system_prompt: str | None, window: Iterable[Message]) -> tuple[PromptMessage, ...]:
    """The messages of a request: the prompt in force first, then the window."""
    first = (PromptMessage("system", system_prompt),) if system_prompt else ()
    rest = (
        PromptMessage("user" if message.role is Role.USER else "assistant", message.content)
        for message in window
    )
    return (*first, *rest)
