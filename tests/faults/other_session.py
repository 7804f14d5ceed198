"""A session on PostgreSQL that comes between Parley's transactions, made exactly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_LOCK_USAGE = "SELECT id FROM monthly_usage FOR UPDATE"
_LOCK_CONVERSATIONS = "SELECT id FROM conversations FOR UPDATE"
_CHANGE_CONVERSATIONS = "UPDATE conversations SET name = name"
_HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"


class OtherSession:
    """Holds what Parley's next transaction needs, until it is told to come between."""

    def __init__(self, session: asyncpg.Connection, watch: asyncpg.Connection) -> None:
        """Use `deadlock` or `change`."""
        self._session = session
        self._watch = watch

    async def hold(self, statement: str) -> None:
        """Begin a transaction, and take locks."""
        await self._session.execute("BEGIN")
        await self._session.execute("SET LOCAL deadlock_timeout = '60s'")  # Parley is the victim
        await self._session.execute(statement)

    async def finish(self, *statements: str) -> None:
        """Once Parley waits for these locks: run the statements and end the transaction."""
        async with asyncio.timeout(30):
            await self._until_waited_for()
            for statement in statements:
                await self._session.execute(statement)

    async def _until_waited_for(self) -> None:
        pid = self._session.get_server_pid()
        while True:
            if await self._watch.fetchval(_HELD_UP, pid):
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def other_session(url: str) -> AsyncIterator[OtherSession]:
    """A session, and another that looks who waits for it."""
    session, watch = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        yield OtherSession(session, watch)
    finally:
        await session.close()
        await watch.close()


class Deadlock:
    """Takes the locks of Parley's transactions in the opposite order.

    What Parley waits for is held, and then what Parley holds is asked for. After the server's time
    for looking it ends Parley's transaction, since that of this session is longer.
    """

    setting = ("deadlock_timeout", "'4s'")

    async def hold(self, other: OtherSession) -> None:
        """Take what a transaction of Parley's needs last."""
        await other.hold(_LOCK_USAGE)

    async def come_between(self, other: OtherSession) -> None:
        """Ask for what it has taken first; that is had when it was ended."""
        await other.finish(_LOCK_CONVERSATIONS, "ROLLBACK")


class SerializationFailure:
    """Changes a row that Parley's transaction has seen before, and wants to lock."""

    setting = ("default_transaction_isolation", "'repeatable read'")

    async def hold(self, other: OtherSession) -> None:
        """Change what a transaction of Parley's locks first."""
        await other.hold(_CHANGE_CONVERSATIONS)

    async def come_between(self, other: OtherSession) -> None:
        """Make the change known while Parley waits: its transaction cannot go on."""
        await other.finish("COMMIT")
