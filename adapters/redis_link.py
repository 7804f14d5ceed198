"""One connection to Redis that listens to channels, and mends itself.

Written on redis-py's plain connection: its PubSub reconnects and subscribes again by itself, and
tells nobody, but whoever reads a stream has to know that something may have been missed.
"""

import asyncio
import math
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from adapters.ending import end
from adapters.redis_channels import Channels, Ear
from adapters.redis_client import COMMAND_SECONDS
from adapters.redis_health import RedisHealth

PART = "channels"
_PING_SECONDS = 1.0
_SILENCE_SECONDS = 2.5  # a ping and its answer fit into it twice
_PAUSES_SECONDS = (0.1, 0.25, 0.5, 1.0)
_STEADY_SECONDS = 5.0


class LinkLostError(Exception):
    """The connection is of no use any more."""


class RedisLink:
    """Listens to the channels that somebody has an ear for. `run` it in a task of its own.

    `tried` is set when the first try to connect has succeeded or failed.
    """

    def __init__(self, *, client: Redis, health: RedisHealth) -> None:
        """The connection is made of the client's settings, beside its pool."""
        self._client = client
        self._health = health
        self._channels = Channels()
        self._changed = asyncio.Event()
        self._heard_at = 0.0
        self.tried = asyncio.Event()

    def add(self, channel: bytes, ear: Ear) -> None:
        """Listen to a channel; `ear.subscribed` tells when."""
        self._channels.add(channel, ear)
        self._changed.set()

    def remove(self, channel: bytes) -> None:
        """Listen to it no longer."""
        self._channels.remove(channel)
        self._changed.set()

    async def run(self) -> None:
        """Connect, listen, and connect again, until cancelled."""
        failures = 0
        while True:
            began = _now()
            try:
                await self._session()
            except Exception as error:  # noqa: BLE001  whatever it is, there is no connection
                self._health.lost(PART, error)
            self.tried.set()
            failures = 1 if _now() - began > _STEADY_SECONDS else failures + 1
            pause = _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  no secret

    async def _session(self) -> None:
        """One connection from its beginning to its end; raises what ended it."""
        connection = _connection(self._client)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call]
            self._heard_at = _now()
            await _first_failure(self._listen(connection), self._ask(connection))
        finally:
            self._channels.disconnected()
            with suppress(Exception):
                await connection.disconnect(nowait=True)

    async def _ask(self, connection: AbstractConnection) -> None:
        """Subscribe and unsubscribe as ears come and go, and ask whether anybody is there."""
        next_ping = _now()
        while True:
            self._changed.clear()
            while command := self._channels.next_command():
                await _send(connection, *command)
            if _now() >= next_ping:
                if _now() - self._heard_at > _SILENCE_SECONDS:
                    raise LinkLostError
                await _send(connection, b"PING")
                next_ping = _now() + _PING_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_ping):
                    await self._changed.wait()

    async def _listen(self, connection: AbstractConnection) -> None:
        while True:
            answer = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            self._heard_at = _now()
            self._channels.take(answer)
            self._health.found(PART)
            self.tried.set()


def _connection(client: Redis) -> AbstractConnection:
    """A connection beside the client's pool, with its settings, but that never times out."""
    pool = client.connection_pool
    settings = {**pool.connection_kwargs, "socket_timeout": None}
    connection: AbstractConnection = pool.connection_class(**settings)
    return connection


async def _send(connection: AbstractConnection, *command: bytes) -> None:
    async with asyncio.timeout(COMMAND_SECONDS):
        await connection.send_command(*command)


async def _first_failure(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of it until one fails, and raise that."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


def _now() -> float:
    return asyncio.get_running_loop().time()
