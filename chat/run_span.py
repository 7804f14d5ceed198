"""The span of a run: from its acceptance to its settlement, whoever drives it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from chat.drafts import OpenedRun
from chat.origin import on_behalf_of
from chat.tracing import Span, Tracing
from chat.turn import Turn


class RunSpan:
    """The span, while the run goes on."""

    def __init__(self, span: Span) -> None:
        """`span` goes on."""
        self._span = span

    def ended(self, turn: Turn) -> None:
        """Note how the run ended."""
        self._span.note({"parley.run.status": turn.run.status.value})
        if turn.tokens_used is not None:
            self._span.note({"parley.run.tokens": turn.tokens_used})
        if turn.error is not None:
            self._span.failed(turn.error.code.value)


@contextmanager
def run_span(tracing: Tracing, opened: OpenedRun, *, waited: bool) -> Generator[RunSpan]:
    """Trace the driving of a run, and have the log name that trace.

    It belongs to the request that asked for it. One that `waited` may be driven long after that, by
    another process: it has a trace of its own, with a link to the request's.
    """
    run = opened.run
    with (
        tracing.span(
            "run",
            attributes={"parley.run.id": str(run.id), "parley.run.waited": waited},
            follows=run.traceparent if waited else None,
            begun=run.started_at,
        ) as span,
        on_behalf_of(replace(run.origin, traceparent=span.traceparent)),
    ):
        yield RunSpan(span)
