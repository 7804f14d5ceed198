"""Who holds which token, remembered for a moment: most requests come soon after one another.

What ends a token is told at once: here, and to other processes by a signal. A signal that is lost,
or a token that an operator ends with a command, is found when the moment is over.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from chat.records import Viewer
from chat.signals import AccountSignals

_MOST = 10_000


class _Seen(NamedTuple):
    viewer: Viewer
    since: datetime
    until: datetime


class Viewers:
    """The viewers of this process. API tokens are known by their hashes only."""

    def __init__(self, *, signals: AccountSignals, seconds: float) -> None:
        """`seconds` is how long a viewer may be believed."""
        self._signals = signals
        self._lifetime = timedelta(seconds=seconds)
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._changes = 0

    async def of(
        self, key: str, look_up: Callable[[], Awaitable[Viewer | None]], *, now: datetime
    ) -> Viewer | None:
        """Who has this key; `look_up` is asked where that is not known.

        That there is nobody is not remembered.
        """
        known = self.known(key, now=now)
        if known is not None:
            return known
        changes = self._changes
        viewer = await look_up()
        # What was read while something ended may be from before.
        if viewer is not None and changes == self._changes:
            self._remember(key, viewer, now)
        return viewer

    def known(self, key: str, *, now: datetime) -> Viewer | None:
        """Who has this key, where that is remembered."""
        seen = self._seen.get(key)
        # A clock that is set back must not make the moment longer.
        if seen is not None and seen.since <= now < seen.until:
            return seen.viewer
        return None

    async def forget(self, id_: UUID) -> None:
        """Ask anew from now on who holds this token, or the tokens of this user, everywhere."""
        self.account_changed(id_)
        await self._signals.account_changed(id_)

    def account_changed(self, id_: UUID) -> None:
        """The same, in this process."""
        self._changes += 1
        gone = [
            key
            for key, (viewer, _, _) in self._seen.items()
            if viewer.user.id == id_ or (viewer.token is not None and viewer.token.id == id_)
        ]
        for key in gone:
            del self._seen[key]

    def _remember(self, key: str, viewer: Viewer, now: datetime) -> None:
        until = now + self._lifetime
        if viewer.expires_at is not None:
            until = min(until, viewer.expires_at)
        self._seen[key] = _Seen(viewer, until - self._lifetime, until)
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
