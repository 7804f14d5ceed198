"""Results of events that are told where the event is published, past the reader's own task.

Only where nothing stands in between: the event's selection is read off the event itself, nothing
failed, and the transport can take the result now. Whatever else there is goes the reader's own way.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias, TypeVar

from resolvers.results import Result
from resolvers.sharing import Reading, Told

Value = TypeVar("Value")

Deliver: TypeAlias = Callable[[Sequence[Result]], bool]
"""Sends results at once, all of them; or says False, and then has sent none."""


class AtOnce:
    """Tells one reader's events. With `held`, it tells none."""

    __slots__ = ("_deliver", "_reading", "held")

    def __init__(self, reading: Reading, deliver: Deliver) -> None:
        """Events are answered by `reading`, and sent by `deliver`."""
        self._reading = reading
        self._deliver = deliver
        self.held = False

    def __call__(self, events: Sequence[Told]) -> bool:
        """Tell all of them, or none."""
        if self.held:
            return False
        results: list[Result] = []
        for event in events:
            result = self._reading.at_once(event)
            if result is None:
                return False
            results.append(result)
        return self._deliver(results)


class WaitingError(Exception):
    """There was something to wait for."""


def without_waiting(work: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine gives that has nothing to wait for. WaitingError when it waits."""
    try:
        work.send(None)
    except StopIteration as end:
        value: Value = end.value
        return value
    work.close()
    raise WaitingError
