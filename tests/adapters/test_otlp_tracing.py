"""Spans as OpenTelemetry gets them, and the end of it all."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.otlp_tracing import OtlpTracing
from adapters.quiet_exporter import QuietExporter
from chat.errors import NotFoundError

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Stuck(SpanExporter):
    """Sends for ever, until it is shut down."""

    def __init__(self) -> None:
        """Nothing was sent."""
        self._shut = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Never ends by itself."""
        self._shut.wait(60)
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """End."""
        self._shut.set()


class Moody(SpanExporter):
    """Takes, refuses or fails as it is told."""

    def __init__(self, *moods: SpanExportResult | Exception) -> None:
        """The moods, one for each batch."""
        self._moods = list(moods)
        self.shut = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Do as it is told."""
        mood = self._moods.pop(0)
        if isinstance(mood, Exception):
            raise mood
        return mood

    def shutdown(self) -> None:
        """Count it."""
        self.shut += 1


async def traced(exporter: InMemorySpanExporter, tracing: OtlpTracing) -> list[ReadableSpan]:
    """The spans, after the end."""
    await tracing.close()
    return list(exporter.get_finished_spans())


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """What takes the spans."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> OtlpTracing:
    """Traces that stay here."""
    return OtlpTracing(version="1.2.3", exporter=exporter)


async def test_a_span_belongs_to_the_one_around_it_or_to_its_parent_elsewhere(
    tracing: OtlpTracing, exporter: InMemorySpanExporter
) -> None:
    with tracing.span("outer", parent=PARENT) as outer, tracing.span("inner"):
        assert outer.traceparent is not None
        assert outer.traceparent.startswith(PARENT[:36])
    inner_span, outer_span = await traced(exporter, tracing)
    assert inner_span.parent is not None
    assert outer_span.parent is not None
    assert outer_span.context is not None
    assert inner_span.parent.span_id == outer_span.context.span_id
    assert f"{outer_span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert outer_span.parent.is_remote


async def test_a_span_that_follows_another_has_a_trace_of_its_own_and_began_when_it_began(
    tracing: OtlpTracing, exporter: InMemorySpanExporter
) -> None:
    begun = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with tracing.span("outer"), tracing.span("later", follows=PARENT, begun=begun):
        pass
    later, _ = await traced(exporter, tracing)
    assert later.parent is None
    assert [f"{link.context.trace_id:032x}" for link in later.links] == [PARENT.split("-")[1]]
    assert later.start_time == int(begun.timestamp()) * 1_000_000_000


@pytest.mark.parametrize("parent", ["zebra", "", "00-0-0-01", f"{PARENT}-x-{'y' * 10_000}"])
async def test_a_parent_that_cannot_be_read_is_none(
    parent: str, tracing: OtlpTracing, exporter: InMemorySpanExporter
) -> None:
    with tracing.span("span", parent=parent):
        pass
    [span] = await traced(exporter, tracing)
    assert span.parent is None


@pytest.mark.parametrize(
    ("error", "error_type"),
    [(NotFoundError(), "NOT_FOUND"), (ValueError("what Alice wrote"), "ValueError")],
)
async def test_an_error_that_leaves_a_span_is_noted_without_what_it_says(
    error: Exception, error_type: str, tracing: OtlpTracing, exporter: InMemorySpanExporter
) -> None:
    with pytest.raises(type(error)), tracing.span("span"):
        raise error
    [span] = await traced(exporter, tracing)
    assert span.attributes == {"error.type": error_type}
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert span.events == ()


async def test_a_span_in_a_generator_that_is_closed_early_ends_well(
    tracing: OtlpTracing, exporter: InMemorySpanExporter
) -> None:
    async def numbers() -> AsyncIterator[int]:
        with tracing.span("span"):
            yield 1
            yield 2

    async with aclosing(numbers()) as found:  # type: ignore[type-var]
        assert await anext(found) == 1
    tracing.event("nowhere")
    [span] = await traced(exporter, tracing)
    assert span.status.status_code is StatusCode.UNSET


async def test_a_collector_that_holds_on_to_what_is_sent_does_not_hold_up_the_end() -> None:
    tracing = OtlpTracing(version="1", exporter=Stuck(), last_seconds=0.05)
    with tracing.span("span"):
        pass
    async with asyncio.timeout(10):
        await tracing.close()


def test_an_outage_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    failed, taken = SpanExportResult.FAILURE, SpanExportResult.SUCCESS
    moody = Moody(taken, failed, OSError("http://collector"), failed, taken, taken)
    exporter = QuietExporter(moody)
    caplog.set_level("INFO")
    results = [exporter.export([]) for _ in range(6)]
    assert results == [taken, failed, failed, failed, taken, taken]
    assert [record.getMessage() for record in caplog.records] == [
        "traces are not delivered, and are dropped",
        "traces are delivered again",
    ]
    for _ in range(2):
        exporter.shutdown()
    assert moody.shut == 1
