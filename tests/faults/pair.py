"""Two processes on one database and one Redis, a run in the one and readers at the other.

Both are applications in the tests' own process: what they share is the database and Redis.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from redis.asyncio import Redis

from tests.conftest import StartParley
from tests.faults.eventually import eventually
from tests.faults.reader import Reader, at, reading
from tests.faults.redis_server import RedisServer
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client, Json, Served

THERE: Json = {"status": "ready"}
AWAY: Json = {"status": "ready", "missing": ["redis"]}


@dataclass
class Pair:
    """Two processes; a run goes on in one of them, and the other one has the readers."""

    one: Served
    other: Served
    client: Client
    model: ScriptedModel
    pieces: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)

    @property
    def elsewhere(self) -> Client:
        """The same user at the other process."""
        return at(self.client, self.other)

    async def send(self, content: str = "Tell me a story") -> Json:
        """Start a run in the one process; its reply says what `says` is called with."""
        self.model.next(say_from(self.pieces))
        return await self.client.send(None, content, wait=False)

    def says(self, *pieces: str | None) -> None:
        """What the model says next; None ends the reply."""
        for piece in pieces:
            self.pieces.put_nowait(piece)

    @asynccontextmanager
    async def reply_begun(self, *, readers: Client) -> AsyncIterator[tuple[Json, Reader]]:
        """What was sent, and who follows the reply with `readers` and has read "Once " of it."""
        sent = await self.send()
        self.says("Once ")
        async with reading(readers, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
            yield sent, reader

    async def until_both_say(self, expected: Json) -> None:
        """Wait until both processes say this of themselves."""
        for served in (self.one, self.other):
            await eventually(partial(says, served, expected))


async def says(served: Served, expected: Json) -> bool:
    """Whether it takes requests, and says just this of itself."""
    async with served.session.get(f"{served.url}/readyz") as response:
        return response.status == 200 and await response.json() == expected


@asynccontextmanager
async def pair(start: StartParley, model: ScriptedModel, redis: RedisServer) -> AsyncIterator[Pair]:
    """Two processes that share this Redis."""
    async with start(redis_url=redis.url) as one, start(redis_url=redis.url) as other:
        yield Pair(one, other, await one.client(), model)


async def assert_stored(both: Pair, sent: Json, reader: Reader) -> None:
    """What was told is what is stored, and it is complete."""
    [_, reply] = await both.client.messages(sent["conversation"]["id"])
    assert (reply["content"], reply["status"]) == (reader.text, "COMPLETE")
    assert reader.status == "COMPLETE"


@asynccontextmanager
async def operator(server: RedisServer) -> AsyncIterator[Redis]:
    """A client of the tests' own."""
    client: Redis = Redis.from_url(server.url)
    try:
        yield client
    finally:
        await client.aclose()
