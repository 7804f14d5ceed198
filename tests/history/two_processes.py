"""Two processes on one PostgreSQL and one Redis, behind a proxy that takes turns; all may fail."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

from db.migrate import migrate
from tests.faults.postgres_cluster import PostgresCluster, ShutdownMode, postgres_cluster
from tests.faults.redis_server import RedisServer
from tests.history.deployment import Deploy, Deployment
from tests.history.dump import until_writing
from tests.history.log import DatabaseAway, Disturbed, Drained, Killed, RedisAway
from tests.history.served_program import ServedProgram
from tests.scaled.round_robin import round_robin

# One that interrupts its replies when it ends, and one that lets them finish.
_GRACE_SECONDS = ("0.3", "20")
_MODES: tuple[ShutdownMode, ...] = ("fast", "immediate")


class TwoProcesses:
    """Each disturbance happens once before any happens again."""

    def __init__(
        self,
        *,
        url: str,
        database_url: str,
        programs: Sequence[ServedProgram],
        cluster: PostgresCluster,
        redis: RedisServer,
        random: Random,
    ) -> None:
        """Use `two_processes`."""
        self.url = url
        self.database_url = database_url
        self._programs = programs
        self._cluster = cluster
        self._redis = redis
        self._random = random
        self._outages: list[DatabaseAway] = []
        self._to_come: list[Callable[[], Awaitable[Disturbed]]] = []

    async def start(self) -> None:
        """Start both at once."""
        await asyncio.gather(*(program.start() for program in self._programs))

    async def stop(self) -> None:
        """End both."""
        await asyncio.gather(*(program.stop() for program in self._programs))

    async def disturb(self) -> Disturbed:
        """Take away a process, Redis or the database, and bring it back."""
        if not self._to_come:
            self._to_come = [self._kill, self._drain, self._stop_redis, self._restart_database]
            self._random.shuffle(self._to_come)
        return await self._to_come.pop()()

    async def _kill(self) -> Disturbed:
        await until_writing(self.database_url, len(self._programs))
        program, at = self._random.choice(self._programs), time.time()
        await program.kill()
        await self._a_while()
        await program.start()
        return Killed(at=at, back_at=time.time(), others=True)

    async def _drain(self) -> Disturbed:
        program, at = self._random.choice(self._programs), time.time()
        await program.stop()
        await self._a_while()
        await program.start()
        return Drained(at=at, back_at=time.time())

    async def _stop_redis(self) -> Disturbed:
        at = time.time()
        self._redis.stop()
        await self._a_while()
        await self._redis.start()
        return RedisAway(at=at, back_at=time.time())

    async def _restart_database(self) -> Disturbed:
        mode, at = self._random.choice(_MODES), time.time()
        await asyncio.to_thread(self._cluster.restart, mode)
        outage = DatabaseAway(at=at, back_at=time.time())
        self._outages.append(outage)
        return outage

    async def _a_while(self) -> None:
        await asyncio.sleep(self._random.uniform(0, 3))

    def complaints(self) -> list[str]:
        """What they logged of faults of their own, but for those of outages of the database."""
        return [line for one in self._programs for line in one.complaints(self._outages)]


def two_processes(folder: Path) -> Deploy:
    """All of its own, with logs in the folder; skipped where a server's program is missing."""

    @asynccontextmanager
    async def deploy(model_url: str, random: Random) -> AsyncIterator[Deployment]:
        async with AsyncExitStack() as stack:
            cluster = stack.enter_context(postgres_cluster())
            redis = await stack.enter_async_context(RedisServer())
            database_url = await cluster.create_database("history")
            await migrate(database_url)
            programs = [
                ServedProgram(
                    database_url,
                    model_url=model_url,
                    log_file=folder / f"parley-{number}.log",
                    REDIS_URL=redis.url,
                    PARLEY_GRACE_SECONDS=grace,
                )
                for number, grace in enumerate(_GRACE_SECONDS, 1)
            ]
            for program in programs:
                stack.push_async_callback(program.stop)
            ports = [program.port for program in programs]
            proxy = await stack.enter_async_context(round_robin(ports))
            yield TwoProcesses(
                url=proxy.url,
                database_url=database_url,
                programs=programs,
                cluster=cluster,
                redis=redis,
                random=random,
            )

    return deploy
