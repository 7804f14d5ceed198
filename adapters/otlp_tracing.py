"""Traces by OpenTelemetry's SDK, sent by OTLP over HTTP: the `Tracing` port.

Needs the extra `otel`; only this file and `quiet_exporter` import OpenTelemetry. Where to send and
how often are said by OpenTelemetry's own variables, above all OTEL_EXPORTER_OTLP_ENDPOINT. Spans
are sent by a thread: no request waits for it, and what a collector that is away does not take is
dropped.
"""

import asyncio
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.quiet_exporter import QuietExporter
from chat.tracing import Attributes, Span, SpanKind, error_type

_KINDS = {
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
}
_NANOSECONDS = 1_000_000_000
_ERROR_TYPE = "error.type"
_LAST_SECONDS = 5.0
_PROPAGATOR = TraceContextTextMapPropagator()


class OtlpSpan:
    """The `Span` port."""

    def __init__(self, span: trace.Span) -> None:
        """`span` is OpenTelemetry's."""
        self._span = span

    @property
    def traceparent(self) -> str | None:
        """How others name it."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, trace.set_span_in_context(self._span, Context()))
        return carrier.get("traceparent")

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def failed(self, error_type: str) -> None:
        """It does not end well."""
        self._span.set_attribute(_ERROR_TYPE, error_type)
        self._span.set_status(trace.StatusCode.ERROR)


class OtlpTracing:
    """Makes spans and sends them. `close` it at the end."""

    def __init__(
        self,
        *,
        version: str,
        exporter: SpanExporter | None = None,
        last_seconds: float = _LAST_SECONDS,
    ) -> None:
        """`version` is Parley's. `exporter` takes the place of the one by OTLP.

        `last_seconds` are left for what has not been sent at the end.
        """
        self._last_seconds = last_seconds
        resource = {"service.version": version, "service.instance.id": uuid4().hex}
        if "OTEL_SERVICE_NAME" not in os.environ:
            resource["service.name"] = "parley"
        self._exporter = QuietExporter(exporter or OTLPSpanExporter())
        self._provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("parley", version)

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
        """A span that ends with its context."""
        with self._tracer.start_as_current_span(
            name,
            context=_context(parent, follows),
            kind=_KINDS[kind],
            attributes=attributes,
            links=_links(follows),
            start_time=None if begun is None else int(begun.timestamp() * _NANOSECONDS),
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            span = OtlpSpan(started)
            try:
                yield span
            except Exception as error:
                span.failed(error_type(error))
                raise

    def event(self, name: str, attributes: Attributes | None = None) -> None:
        """Note that something happened in the span around."""
        trace.get_current_span().add_event(name, attributes)

    async def close(self) -> None:
        """Send what is left, for no longer than a few seconds."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=shut_down, daemon=True).start()
        try:
            async with asyncio.timeout(self._last_seconds):
                await ended.wait()
        except TimeoutError:
            self._exporter.shutdown()


def _context(parent: str | None, follows: str | None) -> Context | None:
    """Where a span belongs; None: to the one around it. What cannot be read names nobody."""
    if follows is not None:
        return Context()
    return None if parent is None else _PROPAGATOR.extract({"traceparent": parent}, Context())


def _links(follows: str | None) -> list[trace.Link]:
    if follows is None:
        return []
    linked = _PROPAGATOR.extract({"traceparent": follows}, Context())
    return [trace.Link(trace.get_current_span(linked).get_span_context())]
