"""What a chat page shows that follows a conversation, whatever becomes of its connections."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

import aiohttp

from tests.served import Json

EVENTS = """subscription ($id: ID!, $after: Int) {
    conversationEvents(conversationId: $id, afterIndex: $after) {
        __typename
        ... on MessageAdded { message { id index content } }
        ... on MessageDelta { messageId offset text }
        ... on MessageFinished { message { id index content status } }
    }
}"""
_PAUSE_SECONDS = 0.05
_Socket = aiohttp.ClientWebSocketResponse[bool]


class Screen:
    """Puts messages together from what a subscription tells, and holds it to its promises.

    Within one subscription each message is added once, in order, each piece of its text begins
    where the last one ended, and it is finished once, with the text that was told.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """`url` is where Parley listens."""
        self._session = session
        self._url = url
        self._token = token
        self._texts: dict[str, str] = {}
        self._changed = asyncio.Condition()
        # The messages that were told to their end, by their index.
        self.finished: dict[int, Json] = {}
        self.deltas = 0
        # How connections ended.
        self.closed = Counter[int | None]()

    @property
    def shown_to(self) -> int:
        """The index up to which everything was told to its end; -1 for nothing."""
        index = -1
        while index + 1 in self.finished:
            index += 1
        return index

    async def until_shown(self, index: int, *, unless: asyncio.Task[None]) -> None:
        """Wait until all messages up to this one are shown, or the one who follows fails."""
        shown = asyncio.create_task(self._until(lambda: self.shown_to >= index))
        await asyncio.wait({shown, unless}, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        shown.cancel()
        if unless.done():
            unless.result()
        assert self.shown_to >= index

    async def until_told(self, *, deltas: int) -> None:
        """Wait until so many pieces of text have come."""
        async with asyncio.timeout(30):
            await self._until(lambda: self.deltas >= deltas)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(reached)

    @asynccontextmanager
    async def following(self, conversation: str) -> AsyncIterator[asyncio.Task[None]]:
        """Follow during the block, in a task that ends before that only when it fails."""
        task = asyncio.create_task(self._follow(conversation))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _follow(self, conversation: str) -> None:
        """Subscribe, and subscribe again behind what is shown, until cancelled."""
        while True:
            with suppress(aiohttp.ClientError):
                async with self._session.ws_connect(
                    f"{self._url}/graphql", protocols=["graphql-transport-ws"]
                ) as socket:
                    await self._subscribe(socket, conversation)
                    await self._hear(socket)
                    self.closed[socket.close_code] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _subscribe(self, socket: _Socket, conversation: str) -> None:
        await socket.send_json({"type": "connection_init", "payload": {"token": self._token}})
        variables = {"id": conversation, "after": self.shown_to}
        payload = {"query": EVENTS, "variables": variables}
        await socket.receive()  # connection_ack; what ends the socket instead is found below
        await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})

    async def _hear(self, socket: _Socket) -> None:
        self._texts.clear()
        following = self.shown_to + 1
        async for raw in socket:
            message = cast("Json", raw.json())
            if message["type"] == "ping":
                continue
            assert message["type"] == "next", message
            assert not message["payload"].get("errors"), message
            event = message["payload"]["data"]["conversationEvents"]
            if event["__typename"] == "MessageAdded":
                assert event["message"]["index"] == following
                following += 1
            await self._take(event)

    async def _take(self, event: Json) -> None:
        match event["__typename"]:
            case "MessageAdded":
                self._texts[event["message"]["id"]] = event["message"]["content"]
            case "MessageDelta":
                text = self._texts[event["messageId"]]
                assert event["offset"] == len(text)
                self._texts[event["messageId"]] = text + event["text"]
                self.deltas += 1
            case _:
                message = event["message"]
                assert self._texts.pop(message["id"]) == message["content"]
                assert self.finished.setdefault(message["index"], message) == message
        async with self._changed:
            self._changed.notify_all()
