"""The connections of one process to PostgreSQL: nobody waits long, and waiting is counted.

What asyncpg's pool does for each statement takes more CPU than the statement itself. So connections
that were given back after all went well are kept ready in front of it, as long as they are in use
all the time; whatever the pool looks after (their age, broken ones, those that were expired) it
gets to look after when they have been idle, when somebody waits, and once a minute.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def _keep_session(connection: object) -> None:
    """Called instead of RESET ALL, a round trip: no statement of ours changes a session.

    An open transaction is rolled back all the same.
    """
    del connection


# What `asyncpg.create_pool` takes when it is not told; the class itself has no defaults.
_DEFAULTS: dict[str, Any] = {
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "record_class": asyncpg.Record,
    "reset": _keep_session,
}


# How long a connection is used again and again, and how long it is kept ready for that.
_READY_SECONDS = 60.0
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """The connections of the pool now, and what getting one has taken since the start.

    `acquires` counts every try that ended, `failed_acquires` those that got no connection in time
    or at all; `acquire_seconds` is how long all of them took together.
    """

    max_connections: int = 0
    open_connections: int = 0
    used_connections: int = 0
    waiting: int = 0
    acquires: int = 0
    failed_acquires: int = 0
    acquire_seconds: float = 0.0


class ImpatientPool(asyncpg.Pool):
    """A pool that makes nobody wait longer than `acquire_seconds`.

    That is for a free connection, and for a new one when the server has to be asked for it. The
    same time is given to the cleaning of a connection that comes back.
    """

    def __init__(self, *, acquire_seconds: float, **options: Any) -> None:
        """`options` are those of `asyncpg.create_pool`; await the pool to open it."""
        super().__init__(**_DEFAULTS, **options)
        self._acquire_seconds = acquire_seconds
        self._waiting = 0
        self._acquires = 0
        self._failed_acquires = 0
        self._waited_seconds = 0.0
        self._waiting_for_pool = 0
        # Who waits to be handed one, and until when; the first one has waited longest.
        self._waiters: deque[tuple[asyncio.Future[PoolConnectionProxy | None], float]] = deque()
        self._refusing: asyncio.TimerHandle | None = None
        # What is kept ready, and since when.
        self._ready: list[tuple[PoolConnectionProxy, float]] = []
        self._since: dict[PoolConnectionProxy, float] = {}
        self._tidying: asyncio.TimerHandle | None = None
        self._releasing: set[asyncio.Task[None]] = set()

    @property
    def figures(self) -> PoolFigures:
        """How it goes."""
        size = self.get_size()
        return PoolFigures(
            max_connections=self.get_max_size(),
            open_connections=size,
            used_connections=size - self.get_idle_size() - len(self._ready),
            waiting=self._waiting,
            acquires=self._acquires,
            failed_acquires=self._failed_acquires,
            acquire_seconds=self._waited_seconds,
        )

    def ready(self) -> PoolConnectionProxy | None:
        """A connection that is to be had at once, without awaiting anything; None: await one."""
        while self._ready:
            connection, _ = self._ready.pop()
            if _is_open(connection):
                self._acquires += 1
                return connection
            self._release_soon(connection)
        return None

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109
        """What `acquire` awaits, by asyncpg's own name for it, and with its signature."""
        del timeout  # there is one for all
        connection = self.ready()
        if connection is not None:
            return connection
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + self._acquire_seconds
        self._waiting += 1
        try:
            # Whether somebody waits already is quicker to see than the state of each connection.
            if self._waiters or self._is_used_up():
                connection = await self._handed(deadline)
            if connection is None:
                connection = await self._pooled(deadline)
        except Exception:
            self._failed_acquires += 1
            raise
        finally:
            self._waiting -= 1
            self._acquires += 1
            self._waited_seconds += loop.time() - began
        return connection

    def _is_used_up(self) -> bool:
        return self.get_size() == self.get_max_size() and not self.get_idle_size()

    async def _pooled(self, deadline: float) -> PoolConnectionProxy:
        """One of the pool's, which may have to be opened."""
        self._waiting_for_pool += 1
        try:
            async with asyncio.timeout_at(deadline):
                # asyncpg's stubs leave it out.
                connection: PoolConnectionProxy = await super()._acquire(None)  # type: ignore[misc]
        except BaseException:
            # Its place is free again; whoever waits must not wait for a connection to come back.
            self._pass_on(None)
            raise
        finally:
            self._waiting_for_pool -= 1
        self._since[connection] = time.monotonic()
        return connection

    async def _handed(self, deadline: float) -> PoolConnectionProxy | None:
        """The one that somebody gives back next, from hand to hand; None: the pool has one."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[PoolConnectionProxy | None] = loop.create_future()
        self._waiters.append((waiter, deadline))
        if self._refusing is None:
            self._refusing = loop.call_at(deadline, self._refuse)
        try:
            return await waiter
        except BaseException:
            # It may have been handed over in the moment in which nobody wanted it any more.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                unwanted = waiter.result()
                if unwanted is None:
                    self._pass_on(None)
                elif not self.kept(unwanted):
                    self._release_soon(unwanted)
            raise

    def _refuse(self) -> None:
        """Tell those who have waited for too long. One timer does for all: they stand in a row."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiters and (self._waiters[0][0].done() or self._waiters[0][1] <= now):
            waiter, _ = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(TimeoutError())
        self._refusing = loop.call_at(self._waiters[0][1], self._refuse) if self._waiters else None

    def _pass_on(self, connection: PoolConnectionProxy | None) -> bool:
        """Hand a connection to whoever waits first; None: the pool has one. False: nobody does."""
        while self._waiters:
            waiter, _ = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def kept(self, connection: PoolConnectionProxy) -> bool:
        """Whether a connection that is given back is kept; one that is not must be released.

        All went well with it, and no transaction is open on it. Whoever waits gets it; otherwise it
        is kept ready for the next who wants one.
        """
        now = time.monotonic()
        since = self._since.get(connection)
        is_old = since is None or now - since > _READY_SECONDS or self.is_closing()
        if is_old or self._waiting_for_pool or not _is_open(connection):
            return False
        if not self._pass_on(connection):
            self._ready.append((connection, now))
            if self._tidying is None:
                loop = asyncio.get_running_loop()
                self._tidying = loop.call_later(_IDLE_SECONDS, self._tidy)
        return True

    async def give_back(self, connection: PoolConnectionProxy) -> None:
        """Take back a connection with which all went well, and keep it where that is possible."""
        if not self.kept(connection):
            await self.release(connection)

    async def release(
        self,
        connection: PoolConnectionProxy,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  asyncpg's signature
    ) -> None:
        """Take a connection back; one that is broken has been closed, and will be replaced."""
        self._since.pop(connection, None)
        seconds = self._acquire_seconds if timeout is None else timeout
        try:
            with suppress(*BROKEN):
                await super().release(connection, timeout=seconds)
        finally:  # the pool gets it even when this is cancelled
            self._pass_on(None)

    async def expire_connections(self) -> None:
        """Have every connection replaced before its next use."""
        await super().expire_connections()
        self._since.clear()  # those in use are not kept ready, but replaced
        await self._release_ready()

    async def close(self) -> None:
        """Wait until all connections are given back, and close them."""
        self._since.clear()  # from now on none is kept ready
        await self._release_ready()
        await super().close()

    async def _release_ready(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        while self._ready:
            connection, _ = self._ready.pop()
            await self.release(connection)

    def _release_soon(self, connection: PoolConnectionProxy) -> None:
        task = asyncio.get_running_loop().create_task(self.release(connection))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    def _tidy(self) -> None:
        """Give the pool what has been idle; look again while something is left."""
        loop = asyncio.get_running_loop()
        idle_since = time.monotonic() - _IDLE_SECONDS
        idle = [connection for connection, since in self._ready if since <= idle_since]
        self._ready = [one for one in self._ready if one[1] > idle_since]
        for connection in idle:
            self._release_soon(connection)
        self._tidying = loop.call_later(_IDLE_SECONDS, self._tidy) if self._ready else None


def _is_open(connection: PoolConnectionProxy) -> bool:
    """Whether it can be used; asyncpg takes a connection that breaks out of its owner's hands."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
