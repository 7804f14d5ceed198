"""A Redis that is away, hangs, is full or comes back empty, between two processes.

It brings a server of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.conftest import StartParley
from tests.faults.breaking_proxy import breaking_proxy
from tests.faults.eventually import SECONDS, eventually
from tests.faults.pair import AWAY, THERE, Pair, assert_stored, operator, pair, says
from tests.faults.reader import reading
from tests.faults.redis_server import RedisServer
from tests.scripted_model import ScriptedModel


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A server that runs."""
    async with RedisServer() as server:
        yield server


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
    async with (
        pair(start_parley, model, redis) as both,
        both.reply_begun(readers=both.elsewhere) as (sent, reader),
    ):
        redis.stop()
        both.says("upon ")
        await reader.until_text("Once upon ")
        await both.until_both_say(AWAY)
        async with reading(both.elsewhere, sent["conversation"]["id"]) as late:
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
    async with (
        pair(start_parley, model, redis) as both,
        both.reply_begun(readers=both.elsewhere) as (sent, reader),
    ):
        redis.pause()
        async with asyncio.timeout(SECONDS):
            both.says("upon ")
            await reader.until_text("Once upon ")
            async with reading(both.elsewhere, sent["conversation"]["id"]) as late:
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


async def test_readers_of_a_process_that_is_cut_off_alone_look_after_its_replies(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with (
        breaking_proxy(redis.url) as proxy,
        start_parley(redis_url=proxy.url) as one,
        start_parley(redis_url=redis.url) as other,
    ):
        both = Pair(one, other, await one.client(), model)
        async with both.reply_begun(readers=both.elsewhere) as (sent, reader):
            proxy.before = b""  # whatever is sent
            both.says("upon ")
            await eventually(partial(says, one, AWAY))
            await reader.until_text("Once upon ")
            assert await says(other, THERE)
            proxy.before = None
            both.says("a ")
            await both.until_both_say(THERE)
            both.says("time", None)
            assert await reader.until_finished() == "Once upon a time"
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
