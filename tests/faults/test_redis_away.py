"""A Redis that is away, hangs, is full or comes back empty, between two processes on one database.

It brings a server of its own. Both processes are applications in this one: what they share is the
database and Redis.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest
from redis.asyncio import Redis

from adapters.redis_bus import RedisBus
from tests.conftest import StartParley
from tests.faults.eventually import SECONDS, eventually
from tests.faults.reader import Reader, at, reading
from tests.faults.redis_server import RedisServer
from tests.operations.turns import stop
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client, Json, Served

THERE: Json = {"status": "ready"}
AWAY: Json = {"status": "ready", "missing": ["redis"]}


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A server that runs."""
    async with RedisServer() as server:
        yield server


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


async def test_a_reader_at_the_other_process_gets_the_reply_as_it_is_written(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both:
        await both.until_both_say(THERE)
        sent = await both.send()
        both.says("Once ", "upon ")
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once upon ")
            both.says("a ", "time 🎉", None)
            assert await reader.until_finished() == "Once upon a time 🎉"
        await assert_stored(both, sent, reader)


async def test_a_redis_that_is_away_at_start_stops_nobody_and_is_found_later(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    redis.stop()
    async with pair(start_parley, model, redis) as both:
        await both.until_both_say(AWAY)
        sent = await both.send()
        both.says("Once ")
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
            await redis.start()
            await both.until_both_say(THERE)
            both.says("upon ", None)
            await reader.until_finished()
        await assert_stored(both, sent, reader)


async def test_a_redis_that_goes_in_mid_stream_and_comes_back_empty_loses_and_doubles_nothing(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both:
        sent = await both.send()
        conversation = sent["conversation"]["id"]
        both.says("Once ")
        async with reading(both.elsewhere, conversation) as reader:
            await reader.until_text("Once ")
            redis.stop()
            both.says("upon ")
            await reader.until_text("Once upon ")
            await both.until_both_say(AWAY)
            async with reading(both.elsewhere, conversation) as late:
                await late.until_text("Once upon ")
                await redis.start()
                both.says("a ")
                await both.until_both_say(THERE)
                both.says("time", None)
                for one in (reader, late):
                    assert await one.until_finished() == "Once upon a time"
        await assert_stored(both, sent, reader)


async def test_a_redis_that_hangs_holds_nobody_up(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both:
        sent = await both.send()
        conversation = sent["conversation"]["id"]
        both.says("Once ")
        async with reading(both.elsewhere, conversation) as reader:
            await reader.until_text("Once ")
            redis.pause()
            async with asyncio.timeout(SECONDS):
                both.says("upon ")
                await reader.until_text("Once upon ")
                async with reading(both.elsewhere, conversation) as late:
                    await late.until_text("Once upon ")
                await both.elsewhere.conversation(name="made meanwhile")
            await both.until_both_say(AWAY)
            redis.resume()
            both.says("a ")
            await both.until_both_say(THERE)
            both.says("time", None)
            assert await reader.until_finished() == "Once upon a time"
        await assert_stored(both, sent, reader)


async def test_connections_that_are_cut_again_and_again_lose_and_double_nothing(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both, operator(redis) as client:
        sent = await both.send()
        expected = ""
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            for number in range(12):
                expected += f"{number} "
                both.says(f"{number} ")
                if number % 3 == 0:
                    await client.client_kill_filter(_type="normal", skipme=True)
                    await client.client_kill_filter(_type="pubsub", skipme=True)
                if number % 3 == 2:
                    await reader.until_text(expected)
            both.says(None)
            assert await reader.until_finished() == expected
        await assert_stored(both, sent, reader)


async def test_a_redis_that_is_full_is_told_of_and_readers_poll(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both, operator(redis) as client:
        sent = await both.send()
        both.says("Once ")
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
            await client.config_set("maxmemory", "1")
            both.says("upon ")
            await reader.until_text("Once upon ")
            assert await says(both.one, AWAY)
            await client.config_set("maxmemory", "0")
            both.says("a ")
            await both.until_both_say(THERE)
            both.says("time", None)
            assert await reader.until_finished() == "Once upon a time"
        await assert_stored(both, sent, reader)


@pytest.mark.parametrize("away", [False, True])
async def test_a_run_is_stopped_from_the_other_process(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer, *, away: bool
) -> None:
    async with pair(start_parley, model, redis) as both:
        if away:
            redis.stop()
        sent = await both.send()
        both.says("Once ")
        async with reading(both.client, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
        assert await stop(both.elsewhere, sent["run"]["id"]) == "STOPPED"
        [_, reply] = await both.client.messages(sent["conversation"]["id"])
        assert reply["content"] == "Once "


@pytest.mark.parametrize("away", [False, True])
async def test_deleting_a_conversation_ends_subscriptions_at_the_other_process(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer, *, away: bool
) -> None:
    async with pair(start_parley, model, redis) as both:
        if away:
            redis.stop()
        sent = await both.send()
        both.says("Once ")
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
            await both.client(DELETE, id=sent["conversation"]["id"])
            await reader.until_ended()


DELETE = """mutation ($id: ID!) {
    deleteConversation(input: {id: $id}) { deletedId }
}"""


async def test_a_deleted_conversation_leaves_no_text_in_redis(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both, operator(redis) as client:
        sent = await both.client.send(None, "a secret")
        [key] = await client.keys("parley:*:events")
        assert "a secret" in str(await client.xrange(key))
        await both.client(DELETE, id=sent["conversation"]["id"])

        async def is_gone() -> bool:
            return "a secret" not in str(await client.xrange(key))

        await eventually(is_gone)
        assert 0 < await client.ttl(key) <= 300


async def test_nothing_is_left_when_the_processes_have_closed(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    before = asyncio.all_tasks()
    async with pair(start_parley, model, redis) as both:
        sent = await both.send()
        both.says("Once ")
        async with reading(both.elsewhere, sent["conversation"]["id"]) as reader:
            await reader.until_text("Once ")
            both.says(None)
            await reader.until_finished()
        buses = [one.application.bus for one in (both.one, both.other)]
        await until_idle(*buses)
    assert asyncio.all_tasks() <= before
    async with operator(redis) as client:
        assert len(await client.client_list()) == 1


async def until_idle(*buses: object) -> None:
    """Wait until the buses keep nothing of any conversation."""

    async def are_idle() -> bool:
        return all(isinstance(bus, RedisBus) and not bus.topics for bus in buses)

    await eventually(are_idle)


async def test_an_outage_is_one_line_of_the_log_and_its_end_another(
    start_parley: StartParley, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with (
        RedisServer(password="pass-word") as redis,
        start_parley(redis_url=redis.url) as served,
    ):
        client = await served.client()
        for _ in range(2):
            redis.stop()
            for _ in range(3):
                await client.send(None, "Hello")
            await eventually(partial(says, served, AWAY))
            await redis.start()
            await eventually(partial(says, served, THERE))
    told = [
        record.getMessage() for record in caplog.records if record.name == "adapters.redis_health"
    ]
    assert told == ["Redis is away", "Redis is back"] * 2
    assert "pass-word" not in caplog.text


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
        with suppress(OSError):
            await client.aclose()
