"""A listener of the history test: subscribes, is dropped at random, and takes up where it was."""

import asyncio
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import cast

import aiohttp

from tests.history import documents
from tests.history.client import Client, refusal
from tests.history.log import Listened, Overheard, Streamed
from tests.served import Json

_Socket = aiohttp.ClientWebSocketResponse[bool]
_numbers = count(1)
_LATEST_SECONDS = 60


@dataclass
class Rest:
    """The end of a play: when it has `come`, `last` has the last index of each conversation.

    `awaited` are the conversations that somebody stays in.
    """

    come: asyncio.Event = field(default_factory=asyncio.Event)
    awaited: Counter[str] = field(default_factory=Counter[str])
    last: dict[str, int] = field(default_factory=dict[str, int])


class Listener:
    """Follows conversations over websockets, as a chat screen with a bad connection does."""

    def __init__(self, client: Client) -> None:
        """`client` lends its token, its log and its randomness."""
        self._client = client
        self._heard_to: dict[str, int] = {}

    async def listen(self, conversation: str, seconds: float) -> None:
        """Subscribe behind what was heard to its end before; drop the connection after a while."""
        after = self._heard_to.get(conversation, -1)
        hearing = _Hearing(self._client, conversation, after)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._follow(hearing)
        self._heard_to[conversation] = hearing.heard_to
        hearing.write_down(resumed=after >= 0)

    async def stay(self, conversation: str, rest: Rest) -> None:
        """Subscribe from the start, until the server ends it or everything is told and at rest."""
        hearing = _Hearing(self._client, conversation, after=-1)
        following = asyncio.create_task(self._follow(hearing))
        resting = asyncio.create_task(_all_told(hearing, rest))
        tasks = [following, resting]
        rest.awaited[conversation] += 1
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stayed = not following.done()
        finally:
            rest.awaited[conversation] -= 1
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        hearing.write_down(resumed=False, stayed=stayed)

    async def _follow(self, hearing: "_Hearing") -> None:
        with suppress(aiohttp.ClientError):
            async with self._socket() as socket:
                await hearing.subscribe(socket)
                await hearing.hear(socket)

    def _socket(self) -> AbstractAsyncContextManager[_Socket]:
        return self._client.session.ws_connect(
            f"{self._client.url}/graphql", protocols=["graphql-transport-ws"]
        )


async def _all_told(hearing: "_Hearing", rest: Rest) -> None:
    """Wait for the end of everything, and then, for a minute, until it was told."""
    await rest.come.wait()
    with suppress(TimeoutError):  # the checker tells what is missing
        async with asyncio.timeout(_LATEST_SECONDS):
            while hearing.heard_to < rest.last.get(hearing.conversation, -1):
                hearing.more.clear()
                await hearing.more.wait()


class _Hearing:
    """One subscription: puts the pieces of each message together until it is finished."""

    def __init__(self, client: Client, conversation: str, after: int) -> None:
        self._client = client
        self.conversation = conversation
        self._after = after
        self._number = next(_numbers)
        self._asked_at = time.time()
        self._indexes: list[int] = []
        self._pieces: dict[str, list[tuple[int, str]]] = {}
        self._finished: set[int] = set()
        self.more = asyncio.Event()

    @property
    def heard_to(self) -> int:
        """The index up to which everything was told to its end."""
        index = self._after
        while index + 1 in self._finished:
            index += 1
        return index

    async def subscribe(self, socket: _Socket) -> None:
        """Ask for it."""
        token = {"token": self._client.known.token}
        await socket.send_json({"type": "connection_init", "payload": token})
        await socket.receive()  # connection_ack; if the connection broke, the next step finds out
        variables = {"id": self.conversation, "after": self._after}
        payload = {"query": documents.CONVERSATION_EVENTS, "variables": variables}
        await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})

    async def hear(self, socket: _Socket) -> None:
        """Take what comes until the server ends it."""
        async for raw in socket:
            message = cast("Json", raw.json())
            match message["type"]:
                case "next" if message["payload"].get("errors"):
                    self._refused(message["payload"]["errors"])
                    return
                case "next":
                    self._take(message["payload"]["data"]["conversationEvents"])
                case "error":
                    self._refused(message["payload"])
                    return
                case "complete":
                    return
                case _:
                    pass

    def _take(self, event: Json) -> None:
        match event["__typename"]:
            case "MessageAdded":
                message = event["message"]
                self._indexes.append(message["index"])
                self._pieces[message["id"]] = [(0, message["content"])]
            case "MessageDelta":
                pieces = self._pieces.setdefault(event["messageId"], [])
                pieces.append((event["offset"], event["text"]))
            case _:
                self._finish(event["message"])

    def _finish(self, message: Json) -> None:
        self._finished.add(message["index"])
        self.more.set()
        self._client.saw([message], self._asked_at)
        pieces = self._pieces.pop(message["id"], [])
        streamed = Streamed(
            **self._client.stamp(self._asked_at),
            subscription=self._number,
            message=message["id"],
            pieces=tuple(pieces),
            content=message["content"],
        )
        self._client.log.add(streamed)

    def _refused(self, errors: list[Json]) -> None:
        stamp = self._client.stamp(self._asked_at)
        self._client.log.add(refusal(stamp, "conversationEvents", errors))

    def write_down(self, *, resumed: bool, stayed: bool = False) -> None:
        """Which messages were told, and what of those that were not told to their end."""
        for message, pieces in self._pieces.items():
            stamp = self._client.stamp(self._asked_at)
            self._client.log.add(Overheard(**stamp, message=message, pieces=tuple(pieces)))
        listened = Listened(
            **self._client.stamp(self._asked_at),
            subscription=self._number,
            conversation=self.conversation,
            after_index=self._after,
            indexes=tuple(self._indexes),
            resumed=resumed,
            stayed=stayed,
        )
        self._client.log.add(listened)
