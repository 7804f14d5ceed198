"""The client of Redis as every part of Parley uses it: it gives up soon, and tries once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

COMMAND_SECONDS = 1.0
"""How long connecting may take, and each answer: Redis is on the way of what people wait for."""


@asynccontextmanager
async def open_client(url: str) -> AsyncIterator[Redis]:
    """A client that connects when it is first used.

    Whoever uses it decides what a failure means and when to try again. Its errors may quote what
    was sent, so they must not be logged; the names of their types may.
    """
    client: Redis = Redis.from_url(
        url,
        protocol=2,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=COMMAND_SECONDS,
        retry=Retry(NoBackoff(), 0),
        client_name="parley",
    )
    try:
        yield client
    finally:
        await client.aclose()
        # A pool that is collected with connections imports modules, at any time.
        client.connection_pool.reset()  # type: ignore[no-untyped-call]
