"""A listener of the history test: subscribes, is dropped at random, and takes up where it was."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager, suppress
from itertools import count
from typing import cast

import aiohttp

from tests.history import documents
from tests.history.client import Client, refusal
from tests.history.log import Listened, Overheard, Streamed
from tests.served import Json

_Socket = aiohttp.ClientWebSocketResponse[bool]
_numbers = count(1)


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
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(seconds), self._socket() as socket:
                await _subscribe(socket, self._client.known.token, conversation, after)
                await hearing.hear(socket)
        self._heard_to[conversation] = hearing.heard_to
        hearing.write_down(resumed=after >= 0)

    def _socket(self) -> AbstractAsyncContextManager[_Socket]:
        return self._client.session.ws_connect(
            f"{self._client.url}/graphql", protocols=["graphql-transport-ws"]
        )


async def _subscribe(socket: _Socket, token: str, conversation: str, after: int) -> None:
    await socket.send_json({"type": "connection_init", "payload": {"token": token}})
    await socket.receive()  # connection_ack; where the connection broke, the next step finds out
    variables = {"id": conversation, "after": after}
    payload = {"query": documents.CONVERSATION_EVENTS, "variables": variables}
    await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})


class _Hearing:
    """One subscription: puts the pieces of each message together until it is finished."""

    def __init__(self, client: Client, conversation: str, after: int) -> None:
        self._client = client
        self._conversation = conversation
        self._after = after
        self._number = next(_numbers)
        self._asked_at = time.time()
        self._indexes: list[int] = []
        self._pieces: dict[str, list[tuple[int, str]]] = {}
        self._finished: set[int] = set()

    @property
    def heard_to(self) -> int:
        """The index up to which everything was told to its end."""
        index = self._after
        while index + 1 in self._finished:
            index += 1
        return index

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

    def write_down(self, *, resumed: bool) -> None:
        """Which messages were told, and what of those that were not told to their end."""
        for message, pieces in self._pieces.items():
            stamp = self._client.stamp(self._asked_at)
            self._client.log.add(Overheard(**stamp, message=message, pieces=tuple(pieces)))
        listened = Listened(
            **self._client.stamp(self._asked_at),
            subscription=self._number,
            conversation=self._conversation,
            after_index=self._after,
            indexes=tuple(self._indexes),
            resumed=resumed,
        )
        self._client.log.add(listened)
