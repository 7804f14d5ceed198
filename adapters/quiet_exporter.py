"""An exporter of spans that tells of an outage once, and of its end, and of nothing in between.

OpenTelemetry's own writes several lines for each batch that a collector does not take, with the
address in them.
"""

import logging
import threading
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_log = logging.getLogger(__name__)
_OPENTELEMETRY = "opentelemetry"


class QuietExporter(SpanExporter):
    """Around another exporter."""

    def __init__(self, exporter: SpanExporter) -> None:
        """`exporter` does the sending. OpenTelemetry's own log is switched off."""
        theirs = logging.getLogger(_OPENTELEMETRY)
        theirs.propagate = False
        theirs.addHandler(logging.NullHandler())
        self._exporter = exporter
        self._failing = False
        self._shut = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them, once; what is not taken is dropped."""
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001  whatever it is, no request may notice
            result = SpanExportResult.FAILURE
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            _log.warning("traces are not delivered, and are dropped")
        elif self._failing and not failed:
            _log.info("traces are delivered again")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        """Send nothing more, and end what is being sent. May be called again."""
        if not self._shut.is_set():
            self._shut.set()
            self._exporter.shutdown()
