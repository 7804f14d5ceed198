"""A socket with operations that do as the test says."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace
from typing import Any, cast

import orjson

from chat.application import Application
from chat.errors import NotFoundError
from chat.tracing import NO_TRACING
from resolvers.results import Result, of_error
from web.asgi import Message
from web.counts import OpenCounts
from web.limits import EdgeLimits
from web.operations import Operations
from web.sockets.session import SocketSession

VIEWER = SimpleNamespace(user=SimpleNamespace(id=1))
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { name } }"}}


class Accounts:
    """Everybody is let in."""

    async def authenticate(self, _secret: str | None) -> object:
        """The one viewer."""
        return VIEWER


class TokenWatch:
    """No token ends."""

    def watch(self, _viewer: object, _ended: Callable[[], None]) -> None:
        """Nothing happens."""

    def unwatch(self, _watch: None) -> None:
        """Nothing happened."""


class RefusedInTheEnd:
    """The first operation fails, and takes its time to end; the second has one result."""

    def __init__(self) -> None:
        """Nothing runs."""
        self.may_end = asyncio.Event()
        self.ended = asyncio.Event()
        self.prepared = 0
        self.both_began = asyncio.Event()

    async def prepare(self, _parameters: object, _context: object) -> int:
        """The number of the operation."""
        self.prepared += 1
        return self.prepared

    async def results(self, number: int) -> AsyncGenerator[Result, None]:
        """Its results."""
        if number > 1:
            self.both_began.set()
            await self.ended.wait()
            yield Result(b'{"data":null}')
            return
        try:
            yield of_error(NotFoundError(), "r")
        finally:
            await self.may_end.wait()
            self.ended.set()


class Wire:
    """What the client and the server say."""

    def __init__(self, operations: RefusedInTheEnd) -> None:
        """Nothing is said."""
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.session = SocketSession(
            application=cast(
                "Application",
                SimpleNamespace(accounts=Accounts(), token_watch=TokenWatch(), tracing=NO_TRACING),
            ),
            operations=cast("Operations", operations),
            counts=OpenCounts(1),
            limits=EdgeLimits(),
            path="/graphql",
            receive=self._said.get,
            send=self._hear,
        )

    async def _hear(self, message: Message) -> None:
        await self._heard.put(orjson.loads(message["text"]))

    def say(self, message: dict[str, Any]) -> None:
        """The client says something."""
        self._said.put_nowait({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    def leave(self) -> None:
        """The client goes."""
        self._said.put_nowait({"type": "websocket.disconnect"})

    async def heard(self) -> dict[str, Any]:
        """What the server said next."""
        return await asyncio.wait_for(self._heard.get(), 10)


async def test_an_id_that_is_used_again_after_an_error_is_not_ended_by_the_operation_before() -> (
    None
):
    operations = RefusedInTheEnd()
    wire = Wire(operations)
    serving = asyncio.create_task(wire.session.serve())
    wire.say({"type": "connection_init"})
    assert (await wire.heard())["type"] == "connection_ack"
    wire.say(SUBSCRIBE)
    assert (await wire.heard())["type"] == "error"
    wire.say(SUBSCRIBE)
    await asyncio.wait_for(operations.both_began.wait(), 10)
    operations.may_end.set()
    assert [(await wire.heard())["type"], (await wire.heard())["type"]] == ["next", "complete"]
    wire.leave()
    await serving
