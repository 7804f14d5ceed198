"""The bus of several processes: what goes through Redis, and what it makes good for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import pytest
from redis.asyncio import Redis

from adapters import redis_names as names
from adapters.memory_bus import MemoryBus
from adapters.redis_bus import RedisBus
from adapters.redis_client import open_client
from adapters.redis_codec import encode
from adapters.redis_followed import Entry, Followed
from chat.events import BusEvent, LookAgain, MessageDelta, MessageFinished
from chat.identifiers import uuid7
from chat.ports import Subscription
from tests.chat.examples import a_conversation, a_message
from tests.faults.eventually import eventually
from tests.faults.redis_server import RedisServer

REPLY = uuid7()


def delta(offset: int, text: str) -> MessageDelta:
    """A piece of the reply."""
    return MessageDelta(REPLY, offset, text)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    """A client beside the buses."""
    async with open_client(redis_url) as opened:
        yield opened


@asynccontextmanager
async def running(client: Redis) -> AsyncIterator[RedisBus]:
    """The bus of one process."""
    bus = RedisBus(client)
    await bus.start()
    try:
        yield bus
    finally:
        bus.close()
        await bus.stop()


async def taken(subscription: Subscription) -> BusEvent:
    """The next event."""
    return await asyncio.wait_for(anext(aiter(subscription)), 10)


async def texts_in(client: Redis, conversation: UUID) -> list[bytes]:
    """The payloads in a stream."""
    entries = cast("Sequence[Entry]", await client.xrange(names.stream(conversation)))
    return [fields[names.PAYLOAD] for _, fields in entries]


async def test_a_quick_reply_is_few_events_in_redis(client: Redis) -> None:
    conversation = uuid7()
    async with running(client) as bus:
        for offset in range(500):
            await bus.publish(conversation, delta(offset, "x"))
    payloads = await texts_in(client, conversation)
    assert payloads == [encode(delta(0, "x" * 500))]


async def test_what_was_said_last_is_sent_before_the_bus_stops(client: Redis) -> None:
    conversation = uuid7()
    async with running(client) as bus:
        await bus.publish(conversation, LookAgain())
    assert await texts_in(client, conversation) == [encode(LookAgain())]


async def test_a_stream_has_an_end_in_length_and_in_time(client: Redis) -> None:
    conversation = uuid7()
    async with running(client) as bus:
        for offset in range(0, 5000, 2):
            await bus.publish(conversation, delta(offset, "x"))
    assert await client.xlen(names.stream(conversation)) <= 1100
    assert 0 < await client.ttl(names.stream(conversation)) <= 300


async def test_who_comes_late_to_a_long_stream_gets_the_last_stretch_of_its_text(
    client: Redis,
) -> None:
    conversation = uuid7()
    async with running(client) as writer, running(client) as other:
        for offset in range(0, 6000, 2):
            await writer.publish(conversation, delta(offset, "x"))
        await writer.publish(conversation, delta(7000, "end"))

        async def is_sent() -> bool:
            return (await texts_in(client, conversation))[-1:] == [encode(delta(7000, "end"))]

        await eventually(is_sent)
        async with other.subscribe(conversation) as late:
            assert await taken(late) == delta(7000, "end")


@pytest.mark.parametrize("payload", [b"{}", b"\xff", b'{"kind":"of tomorrow"}'])
async def test_what_a_newer_version_says_has_readers_look(client: Redis, payload: bytes) -> None:
    conversation = uuid7()
    async with running(client) as bus, bus.subscribe(conversation) as reader:
        fields = {names.ORIGIN: b"another", names.PAYLOAD: payload}
        await client.xadd(names.stream(conversation), fields)  # type: ignore[arg-type]
        await client.publish(names.channel(conversation), b"another")
        assert await taken(reader) == LookAgain()


async def test_a_word_that_something_was_missed_is_enough(client: Redis) -> None:
    conversation = uuid7()
    async with running(client) as bus, bus.subscribe(conversation) as reader:
        await client.publish(names.channel(conversation), names.news(b"another", missed=True))
        assert await taken(reader) == LookAgain()


async def test_readers_that_come_and_go_leave_nothing_behind(client: Redis) -> None:
    conversations = [uuid7() for _ in range(20)]
    async with running(client) as writer, running(client) as bus:

        async def come_and_go(conversation: UUID) -> None:
            for _ in range(5):
                async with bus.subscribe(conversation) as reader:
                    await writer.publish(conversation, delta(0, "x"))
                    await taken(reader)

        works = [come_and_go(one) for one in conversations for _ in range(3)]
        await asyncio.wait_for(asyncio.gather(*works), 60)
        assert bus.topics == 0
        names_of = [names.channel(one) for one in conversations]

        async def are_left() -> bool:
            return all(count == 0 for _, count in await client.pubsub_numsub(*names_of))

        await eventually(are_left)


async def test_one_who_gives_up_while_subscribing_leaves_nothing_behind(client: Redis) -> None:
    conversation = uuid7()
    async with running(client) as bus:

        async def subscribe() -> None:
            async with bus.subscribe(conversation):
                pass

        for turns in range(6):
            subscribing = asyncio.create_task(subscribe())
            for _ in range(turns):
                await asyncio.sleep(0)
            subscribing.cancel()
            await asyncio.wait([subscribing])
        async with bus.subscribe(conversation) as reader:
            await bus.publish(conversation, LookAgain())
            assert await taken(reader) == LookAgain()
        assert bus.topics == 0


async def test_the_lag_of_the_last_event_is_told(client: Redis) -> None:
    conversation = uuid7()
    async with (
        running(client) as writer,
        running(client) as bus,
        bus.subscribe(conversation) as reader,
    ):
        await writer.publish(conversation, delta(0, "Hello"))
        await taken(reader)
        assert 0 <= bus.lag_milliseconds < 60_000


@asynccontextmanager
async def refusing_reads() -> AsyncIterator[tuple[RedisBus, RedisBus, Redis]]:
    """Two processes at a Redis that lets nobody read streams, and a client of it."""
    async with (
        RedisServer() as server,
        open_client(server.url) as client,
        running(client) as writer,
        running(client) as bus,
    ):
        await client.acl_setuser("default", enabled=True, commands=["-xrange"])
        yield writer, bus, client


async def allow_reads(client: Redis) -> None:
    """Let everybody read again."""
    await client.acl_setuser("default", enabled=True, commands=["+xrange"])


async def test_readers_look_while_streams_cannot_be_read_and_hear_when_they_can() -> None:
    conversation = uuid7()
    async with refusing_reads() as (writer, bus, client), bus.subscribe(conversation) as reader:
        assert not bus.connected
        await writer.publish(conversation, delta(0, "Hello"))
        for _ in range(2):
            assert await taken(reader) == LookAgain()
        await allow_reads(client)
        while (event := await taken(reader)) == LookAgain():
            pass
        assert event == delta(0, "Hello")
        assert bus.connected


async def test_a_bus_that_could_not_read_for_a_reader_who_left_finds_redis_again() -> None:
    async with refusing_reads() as (_, bus, _):

        async def is_away() -> bool:
            return not bus.connected

        async def is_there() -> bool:
            return bus.connected

        async with bus.subscribe(uuid7()):
            await eventually(is_away)
        await eventually(is_there)


class Watch:
    """A clock by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_reply_of_which_nothing_is_heard_for_long_is_looked_after() -> None:
    clock, bus, conversation = Watch(), MemoryBus(), uuid7()
    woken: list[Followed] = []
    followed = Followed(
        conversation_id=conversation, origin=b"here", bus=bus, wake=woken.append, now=clock
    )
    async with bus.subscribe(conversation) as reader:
        clock.seconds = 100
        assert followed.quiet_for() == 0
        entry = {names.ORIGIN: b"another", names.PAYLOAD: encode(delta(0, "Hel"))}
        followed.take([(b"1-1", entry)], more=False)
        assert [await taken(reader), await taken(reader)] == [LookAgain(), delta(0, "Hel")]
        clock.seconds = 107
        assert followed.quiet_for() == 7
        followed.look()
        assert woken == [followed]
        assert await taken(reader) == LookAgain()
        assert followed.quiet_for() == 0
        ended = {names.ORIGIN: b"another", names.PAYLOAD: encode(LookAgain())}
        followed.take([(b"1-2", ended)], more=False)
        clock.seconds = 200
        assert followed.quiet_for() == 0


async def test_a_reply_that_ended_here_or_was_silent_for_very_long_is_looked_after_no_more() -> (
    None
):
    clock, conversation = Watch(), uuid7()
    followed = Followed(
        conversation_id=conversation, origin=b"here", bus=MemoryBus(), wake=_nobody, now=clock
    )

    def heard(event: BusEvent, *, origin: bytes) -> None:
        entry = {names.ORIGIN: origin, names.PAYLOAD: encode(event)}
        followed.take([(b"1-1", entry)], more=False)

    reply = a_message(a_conversation(uuid7()), 1, id=REPLY)
    heard(delta(0, "Hel"), origin=b"another")
    heard(MessageFinished(reply), origin=b"here")
    clock.seconds = 100
    assert followed.quiet_for() == 0
    heard(delta(0, "Hel"), origin=b"another")
    for clock.seconds in (200, 300, 401):
        assert followed.quiet_for() > 0
        followed.look()
    clock.seconds = 500
    assert followed.quiet_for() == 0


def _nobody(_: Followed) -> None:
    """Whom waking wakes."""
