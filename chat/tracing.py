"""Traces: what is noted of a piece of work while it lasts, and the port to whatever collects it.

Names and attributes hold no text of people or models, no token and no key. Where nothing is traced,
noting costs next to nothing.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType
from typing import Protocol

from chat.errors import ParleyError

AttributeValue = str | bool | int | float | Sequence[str]
Attributes = Mapping[str, AttributeValue]

_NONE: Attributes = MappingProxyType({})


def error_type(error: BaseException) -> str:
    """What is noted of an error: its code, or else its type, never what it says."""
    return error.code.value if isinstance(error, ParleyError) else type(error).__qualname__


class SpanKind(Enum):
    """Whether the work was asked for from outside, asks outside, or neither."""

    SERVER = auto()
    CLIENT = auto()
    INTERNAL = auto()


class Span(Protocol):
    """A piece of work that goes on."""

    @property
    def traceparent(self) -> str | None:
        """How others name it, in W3C's spelling; None when nothing is traced."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        ...

    def failed(self, error_type: str) -> None:
        """It does not end well; `error_type` is a code, never what an error says."""
        ...


class Tracing(Protocol):
    """Makes spans. No call waits or fails."""

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = _NONE,
        parent: str | None = None,
        follows: str | None = None,
        begun: datetime | None = None,
    ) -> AbstractContextManager[Span]:
        """A span that ends with its context; those that are made within it are its children.

        It is itself a child of the one around it, or of `parent`, which names one of another
        process. One that `follows` another begins a trace of its own with a link to that. `begun`:
        when it began, if not now. An error that leaves the context is noted by its `error_type`.
        """
        ...

    def event(self, name: str, attributes: Attributes = _NONE) -> None:
        """Note that something happened in the span around."""
        ...

    async def close(self) -> None:
        """Deliver what is left, for no longer than a few seconds."""
        ...


class NullSpan:
    """What is noted is forgotten."""

    traceparent: str | None = None

    def note(self, attributes: Attributes) -> None:
        """Do nothing."""

    def failed(self, error_type: str) -> None:
        """Do nothing."""


_NOTHING = nullcontext(NullSpan())


class NullTracing:
    """For tests, and where nothing is traced."""

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = _NONE,
        parent: str | None = None,
        follows: str | None = None,
        begun: datetime | None = None,
    ) -> AbstractContextManager[Span]:
        """A span that forgets."""
        del name, kind, attributes, parent, follows, begun
        return _NOTHING

    def event(self, name: str, attributes: Attributes = _NONE) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Nothing is left."""


NO_TRACING = NullTracing()
