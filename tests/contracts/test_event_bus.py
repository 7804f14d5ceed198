"""What every event bus promises: within one process, and between two that share a Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.memory_bus import MemoryBus
from adapters.redis_bus import RedisBus
from adapters.redis_client import open_client
from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import (
    BusEvent,
    ConversationDeleted,
    LookAgain,
    MessageAdded,
    MessageDelta,
    MessageFinished,
)
from chat.identifiers import uuid7
from chat.ports import EventBus, Subscription
from chat.records import Message, MessageStatus, Role

REPLY = Message(
    id=uuid7(),
    user_id=uuid7(),
    conversation_id=uuid7(),
    index=1,
    role=Role.ASSISTANT,
    content="",
    status=MessageStatus.STREAMING,
    model="m",
    finish_reason=None,
    error=None,
    tokens_used=None,
    usage_source=None,
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
)
DONE = replace(REPLY, content="Hello", status=MessageStatus.COMPLETE)


def delta(offset: int, text: str) -> MessageDelta:
    """A piece of the reply."""
    return MessageDelta(REPLY.id, offset, text)


@dataclass
class Scene:
    """Who writes publishes on one bus, who reads subscribes on another, or on the same."""

    writer: EventBus
    reader: MemoryBus | RedisBus
    conversation: UUID = field(default_factory=uuid7)

    async def publish(self, *events: BusEvent) -> None:
        """Publish where the run goes on."""
        for event in events:
            await self.writer.publish(self.conversation, event)

    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        """One more reader."""
        return self.reader.subscribe(self.conversation)


@asynccontextmanager
async def redis_bus(url: str) -> AsyncIterator[RedisBus]:
    """The bus of one process."""
    async with open_client(url) as client:
        bus = RedisBus(client, queue_events=10)
        await bus.start()
        assert bus.connected
        try:
            yield bus
        finally:
            bus.close()
            await bus.stop()


KINDS = ["memory", "redis", "two on one redis"]


@pytest.fixture(params=KINDS)
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Each of the buses."""
    if request.param == "memory":
        bus = MemoryBus(queue_events=10)
        yield Scene(bus, bus)
        bus.close()
        return
    url = request.getfixturevalue("redis_url")
    async with redis_bus(url) as one, redis_bus(url) as other:
        yield Scene(one, one if request.param == "redis" else other)


async def take(subscription: Subscription, count: int) -> list[BusEvent]:
    """The next events."""
    events = aiter(subscription)
    async with asyncio.timeout(10):
        return [await anext(events) for _ in range(count)]


async def take_text(subscription: Subscription, text: str) -> None:
    """The next deltas: joined they are this text, in however many pieces it comes.

    A reader elsewhere may come before the beginning of the reply has gone to Redis.
    """
    heard = ""
    async with asyncio.timeout(10):
        async for event in subscription:
            if event == MessageAdded(REPLY):
                assert not heard
                continue
            assert isinstance(event, MessageDelta)
            assert event.offset == len(heard)
            heard += event.text
            if len(heard) >= len(text):
                break
    assert heard == text


async def test_every_reader_gets_every_event_in_order(scene: Scene) -> None:
    async with scene.subscribe() as one, scene.subscribe() as two:
        await scene.publish(MessageAdded(REPLY), delta(0, "Hello"), MessageFinished(DONE))
        for reader in (one, two):
            events = [MessageAdded(REPLY), delta(0, "Hello"), MessageFinished(DONE)]
            assert await take(reader, 3) == events


async def test_a_late_reader_gets_the_text_so_far_first(scene: Scene) -> None:
    await scene.publish(MessageAdded(REPLY), delta(0, "Hel"), delta(3, "lo"))
    async with scene.subscribe() as first:
        await take_text(first, "Hello")
        async with scene.subscribe() as second:
            await scene.publish(MessageFinished(DONE))
            assert await take(second, 2) == [delta(0, "Hello"), MessageFinished(DONE)]
        assert await take(first, 1) == [MessageFinished(DONE)]
    async with scene.subscribe() as later:
        await scene.publish(MessageAdded(REPLY))
        assert await take(later, 1) == [MessageAdded(REPLY)]


async def test_a_reply_without_text_is_nothing_to_tell_a_late_reader(scene: Scene) -> None:
    await scene.publish(MessageAdded(REPLY))
    async with scene.subscribe() as late:
        await scene.publish(delta(0, "Hello"))
        await take_text(late, "Hello")


async def test_pieces_that_wait_are_joined(scene: Scene) -> None:
    async with scene.subscribe() as reader:
        await scene.publish(*(delta(offset, "x") for offset in range(50)))
        await scene.publish(delta(51, "after a gap"), MessageFinished(DONE))
        heard = [event async for event in until(reader, MessageFinished(DONE))]
        texts = [event.text for event in heard if isinstance(event, MessageDelta)]
        assert "".join(texts) == "x" * 50 + "after a gap"
        assert len(texts) <= 4


async def until(subscription: Subscription, last: BusEvent) -> AsyncIterator[BusEvent]:
    """The events up to this one."""
    async with asyncio.timeout(10):
        async for event in subscription:
            yield event
            if event == last:
                return


async def test_a_text_that_is_longer_than_any_event_may_be_comes_whole(scene: Scene) -> None:
    text = "🎉 long " * 4000
    async with scene.subscribe() as reader:
        await scene.publish(delta(0, text))
        await take_text(reader, text)
        async with scene.subscribe() as late:
            await take_text(late, text)


async def test_a_slow_reader_is_cut_and_others_do_not_notice(scene: Scene) -> None:
    async with scene.subscribe() as slow, scene.subscribe() as quick:
        for _ in range(11):
            await scene.publish(MessageFinished(DONE))
            assert await take(quick, 1) == [MessageFinished(DONE)]
        with pytest.raises(SlowReaderError):
            await take(slow, 1)


async def test_readers_that_are_cut_are_counted_once_each(scene: Scene) -> None:
    async with scene.subscribe() as slow, scene.subscribe() as quick, scene.subscribe():
        for number in range(15):
            assert scene.reader.readers_cut == (2 if number > 10 else 0)
            await scene.publish(MessageFinished(DONE))
            assert await take(quick, 1) == [MessageFinished(DONE)]
        with pytest.raises(SlowReaderError):
            await take(slow, 1)
    assert scene.reader.readers_cut == 2


async def test_events_of_other_conversations_are_not_heard(scene: Scene) -> None:
    async with scene.subscribe() as reader:
        await scene.writer.publish(uuid7(), MessageAdded(REPLY))
        await scene.publish(MessageFinished(DONE))
        assert await take(reader, 1) == [MessageFinished(DONE)]


async def test_a_conversation_that_is_deleted_leaves_no_text(scene: Scene) -> None:
    gone = ConversationDeleted(scene.conversation)
    await scene.publish(delta(0, "Hello"))
    async with scene.subscribe() as reader:
        await take_text(reader, "Hello")
        await scene.publish(gone)
        assert await take(reader, 1) == [gone]
        async with scene.subscribe() as late:
            await scene.publish(MessageFinished(DONE))
            assert await take(late, 1) == [MessageFinished(DONE)]


async def test_a_text_that_nobody_will_finish_is_forgotten_and_readers_look_again(
    scene: Scene,
) -> None:
    async with scene.subscribe() as reader:
        await scene.publish(delta(0, "Hello"), LookAgain())
        await take_text(reader, "Hello")
        assert await take(reader, 1) == [LookAgain()]
        async with scene.subscribe() as late:
            await scene.publish(MessageFinished(DONE))
            assert await take(late, 1) == [MessageFinished(DONE)]


async def test_closing_lets_readers_take_what_waits_and_then_says_why_it_ends(
    scene: Scene,
) -> None:
    async with scene.subscribe() as reader:
        await scene.publish(delta(0, "Hello"))
        await take_text(reader, "Hello")
        scene.reader.close()
        with pytest.raises(ShuttingDownError):
            await take(reader, 1)
    async with scene.subscribe() as late:
        await take_text(late, "Hello")
        with pytest.raises(ShuttingDownError):
            await take(late, 1)
