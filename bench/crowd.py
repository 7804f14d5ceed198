"""Many sockets in one client that does nothing but count what comes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.calls import Caller
from bench.processes import Server
from bench.sockets import Heard, Socket, TryAgainError

FOLLOW = """subscription ($id: ID!, $after: Int) {
  conversationEvents(conversationId: $id, afterIndex: $after) {
    ... on MessageAdded { message { index content } }
    ... on MessageDelta { offset text }
    ... on MessageFinished { finished: message { index status } }
  }
}"""
# The prompt is a message, which each subscriber has missed: so it shows that it listens.
_CREATE = """mutation {
  createConversation(input: {systemPrompt: "Answer."}) { conversation { id } }
}"""
_NEXT = b'"type":"next"'
_OPENING_AT_ONCE = 32
_TRIES = 20
_AGAIN_SECONDS = 0.5
_FIRST_SECONDS = 60
_LOOK_SECONDS = 0.1
# A process that takes less of its core does nothing for anybody.
_IDLE_SHARE = 0.05


class Crowd:
    """How many messages have come, to all together."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.heard = 0
        self.refusals = 0

    def hear(self, message: bytes) -> None:
        """One came."""
        del message
        self.heard += 1

    async def until(self, messages: int, *, seconds: float) -> None:
        """Wait until so many have come; RuntimeError when that takes longer."""
        end = time.perf_counter() + seconds
        while self.heard < messages:
            if time.perf_counter() > end:
                msg = f"{self.heard} of {messages} messages came."
                raise RuntimeError(msg)
            await asyncio.sleep(_LOOK_SECONDS)


async def conversation(caller: Caller) -> str:
    """One that a crowd can follow."""
    found: str = (await caller.data(_CREATE))["createConversation"]["conversation"]["id"]
    return found


@asynccontextmanager
async def crowd(server: Server, token: str, conversations: Sequence[str]) -> AsyncIterator[Crowd]:
    """A subscriber on a socket of its own for each conversation named, which may be the same."""
    made, opening = Crowd(), asyncio.Semaphore(_OPENING_AT_ONCE)

    async def opened(id_: str) -> Socket:
        async with opening:
            for _ in range(_TRIES):
                if socket := await _subscribed(server.address, token, id_, heard=made.hear):
                    return socket
                made.refusals += 1
                await asyncio.sleep(_AGAIN_SECONDS)
        msg = f"A subscriber was refused {_TRIES} times."
        raise RuntimeError(msg)

    async with _held(await asyncio.gather(*(opened(id_) for id_ in conversations))):
        yield made


@asynccontextmanager
async def raw_crowd(address: str, count: int) -> AsyncIterator[Crowd]:
    """So many sockets on which nothing is asked for."""
    made = Crowd()
    sockets = [await Socket.opened(address, token="", heard=made.hear) for _ in range(count)]
    async with _held(sockets):
        yield made


async def _subscribed(address: str, token: str, id_: str, *, heard: Heard) -> Socket | None:
    """A socket whose subscription has told something; None when Parley is too busy for it."""
    first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def hear(message: bytes) -> None:
        if first.done():
            heard(message)
        else:
            first.set_result(message)

    try:
        socket = await Socket.opened(address, token=token, heard=hear)
    except TryAgainError:
        return None
    socket.subscribe("1", FOLLOW, id=id_, after=-1)
    message = await asyncio.wait_for(first, _FIRST_SECONDS)
    socket.heard = heard
    if _NEXT in message:
        return socket
    socket.close()
    return None


@asynccontextmanager
async def _held(sockets: Sequence[Socket]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for one in sockets:
            one.close()


async def until_idle(server: Server, *, seconds: float) -> float:
    """Wait until the server has nothing to do; when that began, by `time.perf_counter`."""
    end = time.perf_counter() + seconds
    while True:
        since, used = time.perf_counter(), server.cpu_seconds()
        await asyncio.sleep(_LOOK_SECONDS)
        if server.cpu_seconds() - used < _IDLE_SHARE * _LOOK_SECONDS:
            return since
        if since > end:
            msg = "The server does not come to rest."
            raise RuntimeError(msg)
