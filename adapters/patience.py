"""How long to wait for a server: within one silence, and in all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Patience:
    """The time that is left for one reply; made when the request starts.

    Only waiting wears the patience with silence out: time that the reader of the reply takes for
    itself is not the server's silence. It does count towards the total.
    """

    def __init__(self, *, idle_seconds: float, total_seconds: float) -> None:
        """`idle_seconds` of silence are borne, and `total_seconds` from now on in all."""
        self._clock = asyncio.get_running_loop().time
        self._ends_at = self._clock() + total_seconds
        self._idle_seconds = idle_seconds
        self._silence_left = idle_seconds

    @property
    def seconds_left(self) -> float:
        """What is left of the time in all; never negative."""
        return max(self._ends_at - self._clock(), 0.0)

    def renew(self, at_most_seconds: float | None = None) -> None:
        """The server said something; `at_most_seconds` bounds this silence and all to come."""
        if at_most_seconds is not None:
            self._idle_seconds = min(self._idle_seconds, at_most_seconds)
        self._silence_left = self._idle_seconds

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
