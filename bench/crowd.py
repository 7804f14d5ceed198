"""Many sockets in one client that does nothing but count what comes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.processes import Server
from bench.sockets import Socket

FOLLOW = """subscription ($id: ID!) {
  conversationEvents(conversationId: $id) {
    ... on MessageAdded { message { index content } }
    ... on MessageDelta { offset text }
    ... on MessageFinished { finished: message { index status } }
  }
}"""
_OPENING_AT_ONCE = 64
_LOOK_SECONDS = 0.1
# A process that takes less of its core does nothing for anybody.
_IDLE_SHARE = 0.05


class Crowd:
    """How many messages have come, to all together."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.heard = 0

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


@asynccontextmanager
async def crowd(
    address: str, token: str, conversations: Sequence[str], *, subscribe: bool = True
) -> AsyncIterator[Crowd]:
    """A socket for each of the conversations named, which may be the same; all were let in."""
    made, opening = Crowd(), asyncio.Semaphore(_OPENING_AT_ONCE)

    async def opened(id_: str) -> Socket:
        async with opening:
            socket = await Socket.opened(address, token=token, heard=made.hear)
        if subscribe:
            socket.subscribe("1", FOLLOW, id=id_)
        return socket

    sockets = await asyncio.gather(*(opened(id_) for id_ in conversations))
    try:
        yield made
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
