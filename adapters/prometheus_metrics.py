"""What is measured, for Prometheus: the `Metrics` port.

Each application has a registry of its own, so several can live in one process. Processes that find
PROMETHEUS_MULTIPROC_DIR set when they start are measured together: each writes into files there,
and whichever is asked shows all of them. Labels have values out of fixed sets alone: anything else
counts as "other".
"""

import os
import platform
import time
from collections.abc import Collection as Names
from collections.abc import Sequence
from contextlib import AbstractContextManager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from adapters.prometheus_names import Collection
from chat.error_codes import ErrorCode
from chat.metrics import Count, Exposition, Held, Level, ModelCall, OpenRuns, Transport
from chat.rates import RateKind
from chat.records import Message, Run, RunStatus

_OTHER = "other"
_CODES = frozenset(code.value for code in ErrorCode)
_TIMED = ("query", "mutation")
_OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)


class PrometheusMetrics:
    """Counts, and shows what was counted."""

    def __init__(self, *, models: Names[str], version: str) -> None:
        """`models` are those that may be used; `version` is Parley's."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._metrics = Collection(self._registry)
        self._models = frozenset(models)
        self._ended: dict[tuple[str, str, str], tuple[Counter, Histogram | None]] = {}
        self._shown = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=self._registry)
        self._metrics.build.labels(version, platform.python_version()).set(1)
        self._metrics.start.set(time.time())
        # What alerts wait for is there from the start, so that the first one is an increase.
        self._metrics.runs_ended.labels(RunStatus.INTERRUPTED.value, "")
        for model in self._models:
            self._metrics.model_calls.labels(model, ErrorCode.MODEL_AUTHENTICATION.value)

    def operation_ended(
        self, *, transport: Transport, kind: str | None, code: str | None, seconds: float
    ) -> None:
        """Count it, and how long it took, unless it was refused unread or lasts as it likes."""
        key = (transport, kind or "none", _code(code))
        known = self._ended.get(key)
        if known is None:
            known = self._ended[key] = self._counters_of(*key)
        counter, histogram = known
        counter.inc()
        if histogram is not None:
            histogram.observe(seconds)

    def _counters_of(
        self, transport: str, kind: str, code: str
    ) -> tuple[Counter, Histogram | None]:
        """What an operation's end is counted by; finding it takes longer than counting."""
        counter = self._metrics.operations.labels(transport, kind, code)
        timed = kind in _TIMED
        return counter, self._metrics.operation_seconds.labels(transport, kind) if timed else None

    def run_ended(self, run: Run, reply: Message) -> None:
        """Count it, how long it took, and what it used."""
        error = reply.error.code if reply.error else None
        self._metrics.runs_ended.labels(run.status.value, _code(error)).inc()
        if run.finished_at is not None:
            seconds = (run.finished_at - run.started_at).total_seconds()
            self._metrics.run_seconds.labels(run.status.value).observe(max(seconds, 0))
        if run.first_token_at is not None:
            seconds = (run.first_token_at - run.started_at).total_seconds()
            self._metrics.run_first_text.observe(max(seconds, 0))
        if reply.usage_source is not None and reply.tokens_used is not None:
            model, source = self._model(reply.model), reply.usage_source.value.lower()
            tokens = {"prompt": run.prompt_tokens, "completion": reply.tokens_used}
            for kind, count in tokens.items():
                self._metrics.tokens.labels(model, kind, source).inc(count)

    def model_called(self, call: ModelCall) -> None:
        """Count it, and how long it took."""
        model = self._model(call.model)
        self._metrics.model_calls.labels(model, _code(call.code)).inc()
        self._metrics.model_seconds.labels(model).observe(call.seconds)
        if call.first_text_seconds is not None:
            self._metrics.model_first_text.labels(model).observe(call.first_text_seconds)

    def model_retried(self, code: ErrorCode) -> None:
        """Count it."""
        self._metrics.model_retries.labels(code.value).inc()

    def rate_limited(self, kind: RateKind) -> None:
        """Count it."""
        self._metrics.rate_limited.labels(kind.value.lower()).inc()

    def count(self, what: Count, by: int = 1) -> None:
        """Count it."""
        self._metrics.counts[what].inc(by)

    def holding(self, what: Held) -> AbstractContextManager[object]:
        """Count one more while the context lasts."""
        return self._metrics.held[what].track_inprogress()

    def level(self, what: Level, value: float) -> None:
        """Keep it."""
        self._metrics.level(what).set(value)

    def open_runs(self, found: Sequence[OpenRuns]) -> None:
        """Keep it, with zero for the states that are not named."""
        by_status = {one.status: one for one in found}
        for status in _OPEN:
            one = by_status.get(status)
            self._metrics.runs_open.labels(status.value).set(one.count if one else 0)
            self._metrics.runs_oldest.labels(status.value).set(one.oldest_seconds if one else 0)

    def exposition(self, accept: str) -> Exposition:
        """Everything, in Prometheus' text or in that of OpenMetrics."""
        encode, content_type = choose_encoder(accept)
        return Exposition(encode(self._shown), content_type)

    def _model(self, name: str | None) -> str:
        return name if name in self._models else _OTHER


def _code(code: str | None) -> str:
    """An empty label is none at all: what ended well has no code."""
    return "" if code is None else code if code in _CODES else _OTHER
