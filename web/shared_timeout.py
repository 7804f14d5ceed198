"""A timeout for many blocks that may all take as long, with one timer for all of them.

`asyncio.timeout` makes a timer for each block and takes it back, which takes longer than many a
block does. Here the blocks that run are kept in the order of their ends, and a timer that is
there already is left until it is over.
"""

import asyncio
from types import TracebackType


class SharedTimeout:
    """Blocks are timed by `with timeout.begin():`, in tasks of one loop at a time."""

    def __init__(self, seconds: float) -> None:
        """Each block may take so many `seconds`."""
        self.seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        # The oldest first, which is the first to end, since the loop's clock never goes back.
        self._running: dict[TimedBlock, float] = {}

    def begin(self) -> "TimedBlock":
        """A block of the running task. It raises TimeoutError when its time was over."""
        return TimedBlock(self, asyncio.current_task())

    def add(self, block: "TimedBlock", loop: asyncio.AbstractEventLoop) -> None:
        """The time of a block begins, whose task is one of `loop`."""
        if loop is not self._loop:  # the timer of one that has ended will not come any more
            self._loop, self._timer = loop, None
        end = loop.time() + self.seconds
        self._running[block] = end
        if self._timer is None:
            self._timer = loop.call_at(end, self._look, loop)

    def remove(self, block: "TimedBlock") -> None:
        """A block has ended."""
        self._running.pop(block, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what has taken too long, and look again when the next one will have."""
        self._timer = None
        for block, end in list(self._running.items()):
            if end > loop.time():
                self._timer = loop.call_at(end, self._look, loop)
                return
            del self._running[block]
            block.expire()


class TimedBlock:
    """Cancels its task when the time is over, and tells that from other cancellations.

    As `asyncio.timeout` does.
    """

    __slots__ = ("_cancelling", "_expired", "_task", "_timeout")

    def __init__(self, timeout: SharedTimeout, task: "asyncio.Task[object] | None") -> None:
        """Use `SharedTimeout.begin`."""
        if task is None:
            msg = "Only a task can be timed."
            raise RuntimeError(msg)
        self._timeout = timeout
        self._task = task
        self._expired = False

    def __enter__(self) -> None:
        """The time begins."""
        self._cancelling = self._task.cancelling()
        self._timeout.add(self, self._task.get_loop())

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise TimeoutError in place of the cancellation that came of it, and of no other."""
        self._timeout.remove(self)
        if self._expired:
            others = self._task.uncancel() > self._cancelling
            if type_ is asyncio.CancelledError and not others:
                raise TimeoutError from error

    def expire(self) -> None:
        """The time is over."""
        self._expired = True
        self._task.cancel()
