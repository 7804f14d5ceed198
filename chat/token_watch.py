"""Ends what a token let in, soon after the token ends: revoked, run out, or its user erased.

Any process may revoke or erase, so the store is asked, by one question for all that goes on in
this process. Tokens that run out need no store: they end by the clock.
"""

import asyncio
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from chat.account_ports import UserStore
from chat.errors import StoreUnavailableError
from chat.options import Options
from chat.ports import Clock
from chat.records import Viewer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """One thing that goes on by a viewer's token, and how to end it."""

    viewer: Viewer
    ended: Callable[[], None]

    @property
    def id(self) -> UUID:
        """What has to be there: the API token, which goes with its user, or the user."""
        token = self.viewer.token
        return self.viewer.user.id if token is None else token.id


class TokenWatch:
    """Start it once for each process."""

    def __init__(self, *, store: UserStore, clock: Clock, options: Options) -> None:
        """Keep the collaborators."""
        self._store = store
        self._clock = clock
        self._options = options
        self._watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and then again and again until `close`."""
        self._task = asyncio.create_task(self._look_for_ever())

    async def close(self) -> None:
        """Stop looking; nothing is ended any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    @contextmanager
    def watching(self, viewer: Viewer, ended: Callable[[], None]) -> Generator[None]:
        """Call `ended` once when the viewer's token ends within the block, at most 5 s later.

        `ended` must not block. While the store does not answer, only tokens that run out end.
        """
        watch = self.watch(viewer, ended)
        try:
            yield
        finally:
            self.unwatch(watch)

    def watch(self, viewer: Viewer, ended: Callable[[], None]) -> Watch:
        """The same until `unwatch`."""
        watch = Watch(viewer, ended)
        self._watches.add(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Whatever the token let in is over."""
        self._watches.discard(watch)

    async def look(self) -> int:
        """End what has to end now; how many that were."""
        now = self._clock.now()
        count = self._end(
            watch
            for watch in self._watches
            if watch.viewer.expires_at is not None and watch.viewer.expires_at <= now
        )
        gone = await self._gone()
        return count + self._end(watch for watch in self._watches if watch.id in gone)

    async def _gone(self) -> frozenset[UUID]:
        """Which tokens and users are there no longer; none, when the store does not answer."""
        tokens = {watch.id for watch in self._watches if watch.viewer.token is not None}
        users = {watch.id for watch in self._watches if watch.viewer.token is None}
        if not tokens and not users:
            return frozenset()
        try:
            async with asyncio.timeout(self._options.token_check_seconds):
                return await self._store.gone(token_ids=tokens, user_ids=users)
        except (StoreUnavailableError, TimeoutError):
            return frozenset()

    def _end(self, watches: Iterator[Watch]) -> int:
        """Tell each that it has ended, none twice."""
        ended = list(watches)
        self._watches.difference_update(ended)
        for watch in ended:
            try:
                watch.ended()
            except Exception:  # noqa: BLE001  the others must end all the same
                _log.exception("what a token let in could not be ended")
        return len(ended)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                count = await self.look()
            except Exception:  # noqa: BLE001  the next look may work
                _log.exception("looking at tokens failed")
            else:
                if count:
                    _log.info("what ended tokens had let in was ended", extra={"count": count})
            await self._clock.sleep(self._options.token_check_seconds)
