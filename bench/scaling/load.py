"""What clients do: read, send, and listen to replies. Every client is a user of its own.

Clients ask one thing after the other (closed loops), so that their number bounds what waits.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

# About as many words as the stand-in model quotes, which makes a reply of some 170 words.
_LONG = "a " * 150
_TURNS = 10
_READ = """query ($id: ID!) {
  conversation(id: $id) {
    id name model createdAt updatedAt messageCount
    messages(first: 20) { nodes { id index role content status createdAt } pageInfo { endCursor } }
  }
}"""
_SEND = """mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { conversation { id } reply { content } }
}"""
_FOLLOW = """subscription ($id: ID!) {
  conversationEvents(conversationId: $id, afterIndex: -1) {
    ... on MessageAdded { message { index content } }
    ... on MessageDelta { offset text }
    ... on MessageFinished { finished: message { index status } }
  }
}"""
_END = b'"finished":{"index":1,'
_REFUSED = b'"retryable":true'
_AGAIN_SECONDS = 0.2

Addresses = Sequence[str]
Operation = Callable[[Addresses], Awaitable[None]]


class Client:
    """One user. `operation` methods do one thing, at the next of the addresses."""

    def __init__(self, session: aiohttp.ClientSession, token: str, number: int) -> None:
        """`number` spreads clients over the addresses."""
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}
        self._turn = itertools.count(number)
        self._sent = 0
        self._conversation: str | None = None
        self.pages = ""
        self.refusals = 0

    async def prepare(self, address: str) -> None:
        """Make the conversation that is read."""
        conversation: str | None = None
        for _ in range(_TURNS):
            conversation = await self._send(address, conversation, "Hello", wait=True)
        self.pages = conversation or ""

    async def read(self, addresses: Addresses) -> None:
        """A page of 20 messages."""
        await self._ask(self._next(addresses), _READ, {"id": self.pages})

    async def send(self, addresses: Addresses) -> None:
        """A message, and its reply of 30 words; a new conversation after ten of them."""
        if self._sent % _TURNS == 0:
            self._conversation = None
        self._sent += 1
        address = self._next(addresses)
        self._conversation = await self._send(address, self._conversation, "Hello", wait=True)

    async def stream(self, addresses: Addresses) -> None:
        """A reply of 170 words, written in one process, read by one client from the next one."""
        await self._stream(addresses, readers=1)

    async def crowd(self, addresses: Addresses) -> None:
        """The same, read by twenty clients from all processes."""
        await self._stream(addresses, readers=20)

    async def _stream(self, addresses: Addresses, *, readers: int) -> None:
        turn = next(self._turn)
        place = addresses[turn % len(addresses)]
        conversation = await self._send(place, None, _LONG, wait=False)
        others = (addresses[(turn + 1 + one) % len(addresses)] for one in range(readers))
        await asyncio.gather(*(self._follow(other, conversation) for other in others))

    async def _follow(self, address: str, conversation: str) -> None:
        """Listen until the reply is whole; who is told to try again does so."""
        while not await self._followed(address, conversation):
            self.refusals += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _followed(self, address: str, conversation: str) -> bool:
        body = {"query": _FOLLOW, "variables": {"id": conversation}}
        headers = {**self._headers, "Accept": "text/event-stream"}
        async with self._session.post(f"{address}/graphql", json=body, headers=headers) as response:
            async for line in response.content:
                if _END in line:
                    return True
                if _REFUSED in line:
                    return False
        msg = "a stream ended before its reply"
        raise RuntimeError(msg)

    async def hold(self, address: str, *, opening: asyncio.Semaphore, until: asyncio.Event) -> None:
        """Listen to a conversation in which nothing happens."""
        body = {"query": _FOLLOW.replace(", afterIndex: -1", ""), "variables": {"id": self.pages}}
        headers = {**self._headers, "Accept": "text/event-stream"}
        async with opening:
            response = await self._session.post(f"{address}/graphql", json=body, headers=headers)
        async with response:
            response.raise_for_status()
            await until.wait()

    async def _send(
        self, address: str, conversation: str | None, content: str, *, wait: bool
    ) -> str:
        given = {"conversationId": conversation, "content": content, "wait": wait}
        data = await self._ask(address, _SEND, {"input": given})
        return str(data["sendMessage"]["conversation"]["id"])

    async def _ask(self, address: str, query: str, variables: object) -> dict[str, Any]:
        async with self._session.post(
            f"{address}/graphql",
            json={"query": query, "variables": variables},
            headers=self._headers,
        ) as response:
            body: dict[str, Any] = await response.json()
        if "errors" in body:
            raise RuntimeError(body["errors"])
        data: dict[str, Any] = body["data"]
        return data

    def _next(self, addresses: Addresses) -> str:
        return addresses[next(self._turn) % len(addresses)]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of one kind of work each process gets: so many clients, each so often.

    An operation that takes longer than its turn is followed by the next one at once. `pressing` is
    how many clients it takes to keep one process busy.
    """

    clients: int
    every_seconds: float
    pressing: int


async def repeated(
    operations: Sequence[Operation],
    addresses: Addresses,
    *,
    seconds: float,
    every_seconds: float = 0,
) -> tuple[int, float]:
    """Let each operation be done again and again; how often in all, and in which time."""
    begun = time.perf_counter()
    done = 0

    async def again(operation: Operation, first: float) -> None:
        nonlocal done
        for turn in itertools.count():
            await asyncio.sleep(first + turn * every_seconds - (time.perf_counter() - begun))
            if time.perf_counter() - begun >= seconds:
                return
            await operation(addresses)
            done += 1

    step = every_seconds / len(operations)
    works = (again(one, number * step) for number, one in enumerate(operations))
    await asyncio.gather(*works)
    return done, time.perf_counter() - begun
