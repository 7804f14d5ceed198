"""What is asked of a model and what it answers: the vocabulary of the `ModelClient` port."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

Parameter = Literal["temperature", "max_tokens"]


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a request; `role` is in the spelling of the Chat Completions API."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to a model.

    `asked` names the parameters that a person set (for the message or the conversation): these
    are never left out to please a server, the others may be.
    """

    model: str
    messages: tuple[PromptMessage, ...]
    temperature: float
    max_tokens: int
    asked: frozenset[Parameter] = field(default_factory=frozenset[Parameter])


@dataclass(frozen=True, slots=True)
class TextPiece:
    """More text of the reply: never empty, no lone surrogates, no NUL."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Why the model stopped: "stop", "length", "content_filter", … as the server spells it."""

    reason: str


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What the provider counted, in tokens."""

    prompt_tokens: int
    completion_tokens: int


ModelEvent = TextPiece | Finished | UsageReport


class ModelClient(Protocol):
    """A server that answers Chat Completions."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield the reply as it comes.

        Any number of `TextPiece`, at most one `Finished` and at most one `UsageReport`; the
        generator ends normally only when the reply is whole. Otherwise it raises `ModelError`,
        whose `answered` tells whether the server had begun to answer. Closing the generator (or
        cancelling the task that reads it) closes the request to the server at once.
        """
        ...
