"""Rate limits in the memory of this process: the `RateLimits` port.

The limits are read by the library `limits`, but counted here. Its own store in memory looks at
every key after every hit, in a task of its own, and reads the clock of the wall, which jumps.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from limits import RateLimitItem

from chat.rates import RateKind

_SWEEP_SECONDS = 60
# Sums of seconds are not exact; a wait that was told must be enough.
_TOLERANCE = 1e-6


class MemoryRates:
    """Sliding windows: two numbers for each limit of a user, however much is allowed.

    The window before counts with the part of it that a window which ends now still covers. Users
    who stay away for two windows are forgotten.
    """

    def __init__(
        self,
        limits: Mapping[RateKind, Sequence[RateLimitItem]],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """A kind without limits is free. `now` is a clock that never jumps, in seconds."""
        self._limits = limits
        self._now = now
        self._windows: dict[tuple[RateKind, UUID], list[_Window]] = {}
        self._next_sweep = now() + _SWEEP_SECONDS

    def __len__(self) -> int:
        """How many users are remembered, each kind by itself."""
        return len(self._windows)

    async def hit(self, kind: RateKind, user_id: UUID) -> float | None:
        """Count one, if every limit allows it; otherwise the seconds until all would."""
        now = self._now()
        if now >= self._next_sweep:
            self._forget_idle(now)
        windows = self._windows.get((kind, user_id)) or self._new_windows(kind, user_id, now)
        wait = max([window.wait(now) for window in windows], default=0.0)
        if wait > 0:
            return math.ceil(wait * 1000) / 1000
        for window in windows:
            window.count += 1
        return None

    def _new_windows(self, kind: RateKind, user_id: UUID, now: float) -> "list[_Window]":
        """The windows of a user who is not remembered; none for a kind that is free."""
        limits = self._limits.get(kind, ())
        windows = [_Window(one.amount, one.get_expiry(), now) for one in limits]
        if windows:
            self._windows[kind, user_id] = windows
        return windows

    def _forget_idle(self, now: float) -> None:
        self._next_sweep = now + _SWEEP_SECONDS
        self._windows = {
            key: windows
            for key, windows in self._windows.items()
            if not all(window.idle(now) for window in windows)
        }


@dataclass(slots=True)
class _Window:
    """The hits since `started`, and those of the window before it."""

    amount: int
    seconds: int
    started: float
    count: int = 0
    before: int = 0

    def idle(self, now: float) -> bool:
        """Whether nothing of it counts any more."""
        return now - self.started >= 2 * self.seconds

    def wait(self, now: float) -> float:
        """The seconds until one more is allowed, in the window that `now` lies in; 0: it is now."""
        if now - self.started >= self.seconds:
            self._move_to(now)
        elapsed = now - self.started
        room = self.amount - 1 - self.count
        if room < 0:  # Only in the next window, when the first of this one has slid out.
            return self.seconds - elapsed + self.seconds / self.amount
        if self.before * (1 - elapsed / self.seconds) <= room + _TOLERANCE:
            return 0.0
        return self.seconds * (1 - room / self.before) - elapsed

    def _move_to(self, now: float) -> None:
        """Go on to the window that `now` lies in, which is not this one any more."""
        elapsed = now - self.started
        if elapsed >= 2 * self.seconds:
            self.started, self.count, self.before = now, 0, 0
        else:
            self.started += self.seconds
            self.count, self.before = 0, self.count
