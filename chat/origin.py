"""On whose behalf something is done: the request that began it, as the log and traces name it.

It travels in a context variable, so every task takes it from the one that made it; no rule depends
on it. What is done for nobody in particular, such as a sweep, has none.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """`traceparent` is the span of the request in W3C's spelling; None where nothing is traced.

    Source: https://www.w3.org/TR/trace-context/#traceparent-header
    """

    request_id: str | None = None
    traceparent: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace, as the log names it."""
        return self.traceparent.split("-")[1] if self.traceparent else None


NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOBODY)


def current() -> Origin:
    """On whose behalf the running task works."""
    return _current.get()


@contextmanager
def on_behalf_of(origin: Origin) -> Generator[None]:
    """Work for `origin` within the block, and in the tasks that are made there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def context_of(origin: Origin) -> Context:
    """A context for a task that works for `origin`, and has nothing to do with who makes it."""
    context = Context()
    context.run(_current.set, origin)
    return context
