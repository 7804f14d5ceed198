"""How long to wait for a server: within one silence, and in all."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager


class Patience:
    """The time that is left for one reply; made when the request starts.

    Only waiting wears the patience with silence out: time that the reader of the reply takes for
    itself is not the server's silence. It does count towards the total.
    """

    def __init__(self, *, idle_seconds: float, total_seconds: float) -> None:
        """`idle_seconds` of silence are borne, and `total_seconds` from now on in all."""
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._ends_at = self._clock() + total_seconds
        self._idle_seconds = idle_seconds
        self._silence_left = idle_seconds
        self._waits_since: float | None = None
        self._give_up: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seconds_left(self) -> float:
        """What is left of the time in all; never negative."""
        return max(self._ends_at - self._clock(), 0.0)

    def renew(self, at_most_seconds: float | None = None) -> None:
        """The server said something; `at_most_seconds` bounds this silence and all to come."""
        if at_most_seconds is not None:
            self._idle_seconds = min(self._idle_seconds, at_most_seconds)
        sooner = self._idle_seconds < self._silence_left
        self._silence_left = self._idle_seconds
        if sooner and self._give_up is not None:
            self._look()

    @asynccontextmanager
    async def waiting(self, *, extra_seconds: float = 0) -> AsyncGenerator[None, None]:
        """Wait for the server inside. Raises TimeoutError when the patience has run out.

        `extra_seconds` are allowed this once, for what is not the server's silence.
        """
        started = self._clock()
        left = min(self._silence_left + extra_seconds, self._ends_at - started)
        if left <= 0:
            # A timeout would never strike here if the data lay ready: nothing would suspend.
            raise TimeoutError
        try:
            async with asyncio.timeout(left):
                yield
        finally:
            self._silence_left -= self._clock() - started

    @contextmanager
    def watched(self, give_up: Callable[[], None]) -> Generator[None]:
        """Call `give_up` if the patience runs out between a `begin` and its `end`.

        A timer for each wait would cost more than most waits do: one looks now and then.
        """
        self._give_up = give_up
        self._look()
        try:
            yield
        finally:
            self._give_up = None
            self._stop_looking()

    def begin(self) -> None:
        """Somebody waits for the server from now on. Raises TimeoutError when no time is left."""
        self._waits_since = now = self._clock()
        if self._silence_left <= 0 or self._ends_at <= now:
            raise TimeoutError

    def end(self) -> None:
        """Nobody waits any more."""
        if self._waits_since is not None:
            self._silence_left -= self._clock() - self._waits_since
            self._waits_since = None

    def _left(self) -> float:
        now = self._clock()
        waited = 0.0 if self._waits_since is None else now - self._waits_since
        return min(self._silence_left - waited, self._ends_at - now)

    def _look(self) -> None:
        """Give up, or look again when it may be time. Whoever begins to wait looks for itself."""
        self._stop_looking()
        left = self._left()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        elif self._waits_since is not None and self._give_up is not None:
            self._give_up()

    def _stop_looking(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
