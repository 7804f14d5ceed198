"""Metrics and traces that remember what they were told."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from chat.error_codes import ErrorCode
from chat.metrics import Count, Held, Level, ModelCall, NullMetrics, OpenRuns, Transport
from chat.rates import RateKind
from chat.records import Message, Run
from chat.tracing import Attributes, AttributeValue, Span, SpanKind, error_type


class RecordingMetrics(NullMetrics):
    """The `Metrics` port."""

    def __init__(self) -> None:
        """Nothing was told."""
        self.operations: list[tuple[Transport, str | None, str | None]] = []
        self.ended: list[tuple[Run, Message]] = []
        self.calls: list[ModelCall] = []
        self.retries: list[ErrorCode] = []
        self.refused: list[RateKind] = []
        self.counts: Counter[Count] = Counter()
        self.levels: dict[Level, float] = {}
        self.open: list[Sequence[OpenRuns]] = []
        self.held: Counter[Held] = Counter()

    def operation_ended(
        self, *, transport: Transport, kind: str | None, code: str | None, seconds: float
    ) -> None:
        """Remember it."""
        assert seconds >= 0
        self.operations.append((transport, kind, code))

    def run_ended(self, run: Run, reply: Message) -> None:
        """Remember it."""
        self.ended.append((run, reply))

    def model_called(self, call: ModelCall) -> None:
        """Remember it."""
        self.calls.append(call)

    def model_retried(self, code: ErrorCode) -> None:
        """Remember it."""
        self.retries.append(code)

    def rate_limited(self, kind: RateKind) -> None:
        """Remember it."""
        self.refused.append(kind)

    def count(self, what: Count, by: int = 1) -> None:
        """Remember it."""
        self.counts[what] += by

    @contextmanager
    def holding(self, what: Held) -> Generator[None]:
        """Count while the context lasts."""
        self.held[what] += 1
        yield
        self.held[what] -= 1

    def level(self, what: Level, value: float) -> None:
        """Remember it."""
        self.levels[what] = value

    def open_runs(self, found: Sequence[OpenRuns]) -> None:
        """Remember it."""
        self.open.append(found)


@dataclass(slots=True)
class RecordedSpan:
    """The `Span` port."""

    name: str
    kind: SpanKind
    traceparent: str
    attributes: dict[str, AttributeValue] = field(default_factory=dict[str, AttributeValue])
    parent: "RecordedSpan | str | None" = None
    follows: str | None = None
    begun: datetime | None = None
    error: str | None = None
    events: list[tuple[str, Attributes]] = field(default_factory=list[tuple[str, Attributes]])
    ended: bool = False

    def note(self, attributes: Attributes) -> None:
        """Remember it."""
        self.attributes |= attributes

    def failed(self, error_type: str) -> None:
        """Remember it."""
        self.error = error_type


class RecordingTracing:
    """The `Tracing` port, for one thing at a time."""

    def __init__(self) -> None:
        """Nothing was traced."""
        self.spans: list[RecordedSpan] = []
        self._around: list[RecordedSpan] = []

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        parent: str | None = None,
        follows: str | None = None,
        begun: datetime | None = None,
    ) -> Generator[Span]:
        """A span that is remembered."""
        around = self._around[-1] if self._around and follows is None else None
        number = len(self.spans) + 1
        span = RecordedSpan(name, kind, f"00-{'a' * 32}-{number:016x}-01", dict(attributes or {}))
        span.parent, span.follows, span.begun = parent or around, follows, begun
        self.spans.append(span)
        self._around.append(span)
        try:
            yield span
        except Exception as error:
            span.failed(error_type(error))
            raise
        finally:
            self._around.remove(span)
            span.ended = True

    def event(self, name: str, attributes: Attributes | None = None) -> None:
        """Remember it with the span around."""
        self._around[-1].events.append((name, attributes or {}))

    async def close(self) -> None:
        """Nothing is left."""
