"""Four Parleys on one PostgreSQL and one Redis, all of them started for this and ended after it."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
from redis.asyncio import Redis

import configured
from bench.processes import Server, started, started_in_silence
from bench.scaling.cpu import cpu_seconds, family_cpu_seconds, parent_of
from chat.accounts import Accounts, NewUser
from chat.records import UserRole
from db.database import Database
from db.migrate import migrate
from db.users import SqlUserStore
from main import SystemClock
from settings import Settings
from tests.faults.postgres_cluster import postgres_cluster
from tests.faults.redis_server import RedisServer

# High enough to let everything through; counted all the same, as in production.
_RATE = "1000000/minute"


@dataclass(frozen=True, slots=True)
class Reading:
    """What has been used and done since the servers were started."""

    parleys: tuple[float, ...]
    postgres: float
    redis: float
    clients: float
    commits: int
    wal_bytes: int
    redis_commands: int


class Ground:
    """The servers, and what they have used so far."""

    def __init__(
        self,
        *,
        parleys: tuple[Server, ...],
        tokens: tuple[str, ...],
        database: asyncpg.Connection,
        redis: Redis,
        pids: tuple[int, int],
    ) -> None:
        """`tokens` are of a user each; `pids` are PostgreSQL's and Redis'."""
        self.parleys = parleys
        self.tokens = tokens
        self.redis = redis
        self._database = database
        self._postgres_pid, self._redis_pid = pids

    async def read(self) -> Reading:
        """Look at every clock and counter."""
        [row] = await self._database.fetch(
            "SELECT xact_commit, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint "
            "AS wal FROM pg_stat_database WHERE datname = current_database()"
        )
        stats = await self.redis.info("stats")
        return Reading(
            parleys=tuple(one.cpu_seconds() for one in self.parleys),
            postgres=family_cpu_seconds(self._postgres_pid),
            redis=cpu_seconds(self._redis_pid),
            clients=cpu_seconds(os.getpid()),
            commits=row["xact_commit"],
            wal_bytes=row["wal"],
            redis_commands=stats["total_commands_processed"],
        )

    async def stream_bytes(self) -> float:
        """What Redis holds of the last replies, a conversation on average."""
        keys = [key async for key in self.redis.scan_iter("parley:*:events")]
        sizes = [await self.redis.memory_usage(key) or 0 for key in keys]
        return sum(sizes) / len(sizes)

    async def versions(self) -> str:
        """Of PostgreSQL and Redis."""
        postgres = await self._database.fetchval("SHOW server_version")
        redis = (await self.redis.info("server"))["redis_version"]
        return f"PostgreSQL {str(postgres).split()[0]}, Redis {redis}"


@asynccontextmanager
async def ground(*, processes: int, users: int, word_milliseconds: float) -> AsyncIterator[Ground]:
    """Everything, for as long as the block runs."""
    async with AsyncExitStack() as stack:
        cluster = stack.enter_context(postgres_cluster())
        redis_server = await stack.enter_async_context(RedisServer())
        url = await cluster.create_database("parley_scaling")
        await migrate(url)
        model = await stack.enter_async_context(
            started("adapters.stand_in", "--port", "0", "--delay-ms", str(word_milliseconds))
        )
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": redis_server.url,
            "OPENAI_BASE_URL": model.address,
            "PARLEY_PORT": "0",
            "PARLEY_WORKERS": "1",
            "PARLEY_LOG_FORMAT": "json",
            "PARLEY_RATE_LIMIT": _RATE,
            "PARLEY_SEND_RATE_LIMIT": _RATE,
        }
        parleys = [
            await stack.enter_async_context(
                started_in_silence("command_line", "serve", **environment)
            )
            for _ in range(processes)
        ]
        redis: Redis = await stack.enter_async_context(Redis.from_url(redis_server.url))
        database = await asyncpg.connect(url)
        stack.push_async_callback(database.close)
        yield Ground(
            parleys=tuple(parleys),
            tokens=await _tokens(url, users),
            database=database,
            redis=redis,
            pids=(
                parent_of(await database.fetchval("SELECT pg_backend_pid()")),
                int((await redis.info("server"))["process_id"]),
            ),
        )


async def _tokens(url: str, users: int) -> tuple[str, ...]:
    """New users, with a token each."""
    database = await Database.open(url)
    try:
        accounts = Accounts(
            store=SqlUserStore(database),
            clock=SystemClock(),
            options=configured.options(Settings.model_validate({"database_url": url})),
            verifier=None,
        )
        found: list[str] = []
        for number in range(users):
            new = NewUser(
                name=f"User {number}",
                email=f"user{number}@example.org",
                role=UserRole.MEMBER,
                token_limit=None,
            )
            user = await accounts.add_user(new)
            _, secret = await accounts.create_token(user.id, "scaling")
            found.append(secret)
        return tuple(found)
    finally:
        await database.close()
