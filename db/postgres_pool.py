"""The connections of one process to PostgreSQL: nobody waits long, and waiting is counted."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

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

    @property
    def figures(self) -> PoolFigures:
        """How it goes."""
        size = self.get_size()
        return PoolFigures(
            max_connections=self.get_max_size(),
            open_connections=size,
            used_connections=size - self.get_idle_size(),
            waiting=self._waiting,
            acquires=self._acquires,
            failed_acquires=self._failed_acquires,
            acquire_seconds=self._waited_seconds,
        )

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """A connection, to be awaited or entered. Raises TimeoutError."""
        return super().acquire(timeout=self._acquire_seconds if timeout is None else timeout)

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109
        """What `acquire` awaits, by asyncpg's own name for it."""
        began = time.monotonic()
        self._waiting += 1
        try:
            # asyncpg's stubs leave it out.
            connection: PoolConnectionProxy = await super()._acquire(timeout)  # type: ignore[misc]
        except Exception:
            self._failed_acquires += 1
            raise
        finally:
            self._waiting -= 1
            self._acquires += 1
            self._waited_seconds += time.monotonic() - began
        return connection

    async def release(
        self,
        connection: PoolConnectionProxy,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  asyncpg's signature
    ) -> None:
        """Take a connection back; one that is broken has been closed, and will be replaced."""
        with suppress(*BROKEN):
            await super().release(connection, timeout=timeout)
