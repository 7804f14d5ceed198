"""A timer for one thing at a time, cheap to set and to stop again and again.

A timer of asyncio takes longer to make and to take back than a small request to parse. Here the
one that is there is left, and looks when it comes whether it is wanted yet.
"""

import asyncio
from collections.abc import Callable


class Alarm:
    """Something to be done when a time is over, unless it is stopped before."""

    __slots__ = ("_action", "_due", "_loop", "_timer", "_timer_due")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing is to be done."""
        self._loop = loop
        self._action: Callable[[], object] | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    @property
    def is_set(self) -> bool:
        """Whether something is to be done."""
        return self._action is not None

    def set(self, seconds: float, action: Callable[[], object]) -> None:
        """Do this, and nothing that was to be done before, after so many seconds."""
        self._action = action
        self._due = due = self._loop.time() + seconds
        if self._timer is None or due < self._timer_due:
            self._arm()

    def stop(self) -> None:
        """There is nothing to be done any more."""
        self._action = None

    def end(self) -> None:
        """Leave nothing behind in the loop."""
        self._action = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = self._due
        self._timer = self._loop.call_at(self._due, self._come)

    def _come(self) -> None:
        self._timer = None
        if self._action is None:
            return
        if self._due > self._timer_due:
            self._arm()
            return
        action, self._action = self._action, None
        action()
