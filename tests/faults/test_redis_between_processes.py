"""What two processes that share a Redis hear of one another, with it and without it.

They bring a Redis of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from adapters.redis_bus import RedisBus
from adapters.redis_names import SIGNALS
from tests.conftest import StartParley
from tests.faults.eventually import SECONDS, eventually
from tests.faults.pair import THERE, assert_stored, operator, pair
from tests.faults.reader import reading
from tests.faults.redis_server import RedisServer
from tests.operations.turns import stop
from tests.scripted_model import ScriptedModel


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A server that runs."""
    async with RedisServer() as server:
        yield server


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


@pytest.mark.parametrize("away", [False, True])
async def test_a_run_is_stopped_from_the_other_process(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer, *, away: bool
) -> None:
    async with pair(start_parley, model, redis) as both:
        if away:
            redis.stop()
        async with both.reply_begun(readers=both.client) as (sent, _):
            pass
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
        async with both.reply_begun(readers=both.elsewhere) as (sent, reader):
            await both.client(DELETE, id=sent["conversation"]["id"])
            await reader.until_ended()


async def test_a_stop_is_called_out_and_every_process_listens(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both, operator(redis) as client:

        async def both_listen() -> bool:
            return dict(await client.pubsub_numsub(SIGNALS))[SIGNALS] == 2

        await eventually(both_listen)
        async with client.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(SIGNALS)
            await heard.get_message(timeout=SECONDS)
            sent = await both.send()
            await stop(both.elsewhere, sent["run"]["id"])
            message = await heard.get_message(timeout=SECONDS)
            assert message is not None
            assert message["data"].startswith(b"stop ")


DELETE = """mutation ($id: ID!) {
    deleteConversation(input: {id: $id}) { deletedId }
}"""


async def test_a_deleted_conversation_leaves_no_text_in_redis(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    async with pair(start_parley, model, redis) as both, operator(redis) as client:
        sent = await both.client.send(None, "a secret")

        async def is_told(*, expected: bool) -> bool:
            keys = await client.keys("parley:*:events")
            told = [str(await client.xrange(key)) for key in keys]
            return any("a secret" in one for one in told) is expected

        await eventually(partial(is_told, expected=True))
        await both.client(DELETE, id=sent["conversation"]["id"])
        await eventually(partial(is_told, expected=False))
        [key] = await client.keys("parley:*:events")
        assert 0 < await client.ttl(key) <= 300


async def test_nothing_is_left_when_the_processes_have_closed(
    start_parley: StartParley, model: ScriptedModel, redis: RedisServer
) -> None:
    before = asyncio.all_tasks()
    async with pair(start_parley, model, redis) as both:
        async with both.reply_begun(readers=both.elsewhere) as (_, reader):
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
