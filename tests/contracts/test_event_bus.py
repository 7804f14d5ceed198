"""What every event bus promises."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.memory_bus import MemoryBus
from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import BusEvent, MessageAdded, MessageDelta, MessageFinished
from chat.identifiers import uuid7
from chat.ports import EventBus, Subscription
from chat.records import Message, MessageStatus, Role

CONVERSATION = uuid7()
REPLY = Message(
    id=uuid7(),
    user_id=uuid7(),
    conversation_id=CONVERSATION,
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


@pytest.fixture
def bus() -> Iterator[EventBus]:
    """The bus within one process."""
    made = MemoryBus(queue_events=10)
    yield made
    made.close()


async def take(subscription: Subscription, count: int) -> list[BusEvent]:
    """The next events."""
    events = aiter(subscription)
    return [await anext(events) for _ in range(count)]


async def test_every_reader_gets_every_event_in_order(bus: EventBus) -> None:
    events: list[BusEvent] = [MessageAdded(REPLY), delta(0, "Hello"), MessageFinished(DONE)]
    async with bus.subscribe(CONVERSATION) as one, bus.subscribe(CONVERSATION) as two:
        for event in events:
            await bus.publish(CONVERSATION, event)
        assert await take(one, 3) == events
        assert await take(two, 3) == events


async def test_a_late_reader_gets_the_text_so_far_first(bus: EventBus) -> None:
    await bus.publish(CONVERSATION, MessageAdded(REPLY))
    await bus.publish(CONVERSATION, delta(0, "Hel"))
    await bus.publish(CONVERSATION, delta(3, "lo"))
    async with bus.subscribe(CONVERSATION) as late:
        await bus.publish(CONVERSATION, MessageFinished(DONE))
        assert await take(late, 2) == [delta(0, "Hello"), MessageFinished(DONE)]
    async with bus.subscribe(CONVERSATION) as later:
        await bus.publish(CONVERSATION, MessageAdded(REPLY))
        assert await take(later, 1) == [MessageAdded(REPLY)]


async def test_pieces_that_wait_are_joined(bus: EventBus) -> None:
    async with bus.subscribe(CONVERSATION) as reader:
        for offset in range(50):
            await bus.publish(CONVERSATION, delta(offset, "x"))
        await bus.publish(CONVERSATION, delta(51, "after a gap"))
        assert await take(reader, 2) == [delta(0, "x" * 50), delta(51, "after a gap")]


async def test_a_slow_reader_is_cut_and_others_do_not_notice(bus: EventBus) -> None:
    async with bus.subscribe(CONVERSATION) as slow, bus.subscribe(CONVERSATION) as quick:
        for _ in range(11):
            await bus.publish(CONVERSATION, MessageFinished(DONE))
            assert await take(quick, 1) == [MessageFinished(DONE)]
        with pytest.raises(SlowReaderError):
            await take(slow, 1)


async def test_events_of_other_conversations_are_not_heard(bus: EventBus) -> None:
    async with bus.subscribe(CONVERSATION) as reader:
        await bus.publish(uuid7(), MessageFinished(DONE))
        await bus.publish(CONVERSATION, MessageAdded(REPLY))
        assert await take(reader, 1) == [MessageAdded(REPLY)]


async def test_closing_lets_readers_take_what_waits_and_then_says_why_it_ends(
    bus: EventBus,
) -> None:
    async with bus.subscribe(CONVERSATION) as reader:
        await bus.publish(CONVERSATION, MessageAdded(REPLY))
        bus.close()
        assert await take(reader, 1) == [MessageAdded(REPLY)]
        with pytest.raises(ShuttingDownError):
            await take(reader, 1)
    async with bus.subscribe(CONVERSATION) as late:
        assert await take(late, 1) == [delta(0, "")]
        with pytest.raises(ShuttingDownError):
            await take(late, 1)
