"""On whose behalf something is done: the request that began it, as the log and traces name it.

It travels in a context variable, so every task takes it from the one that made it; no rule depends
on it. What is done for nobody in particular, such as a sweep, has none.
"""

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


class on_behalf_of:  # noqa: N801  it is used like a function
    """Work for `origin` within the block, and in the tasks that are made there.

    A class, since there are two for each open socket, and what `contextmanager` makes is large.
    """

    __slots__ = ("_before", "_origin")

    def __init__(self, origin: Origin) -> None:
        """Nothing is changed before the block."""
        self._origin = origin

    def __enter__(self) -> None:
        """Begin."""
        self._before = _current.set(self._origin)

    def __exit__(self, *exception: object) -> None:
        """Work again for whom one worked before."""
        _current.reset(self._before)


def context_of(origin: Origin) -> Context:
    """A context for a task that works for `origin`, and has nothing to do with who makes it."""
    context = Context()
    context.run(_current.set, origin)
    return context
