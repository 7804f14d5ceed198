"""What the bus of one process keeps of texts, of its own and of what it hears from others."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory_bus import MemoryBus
from adapters.memory_topic import GrowingText
from chat.events import BusEvent, ConversationDeleted, LookAgain, MessageDelta
from chat.identifiers import uuid7

CONVERSATION = uuid7()
HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


def here(offset: int, text: str) -> MessageDelta:
    """A piece of a reply that this process writes."""
    return MessageDelta(HERE, offset, text)


def elsewhere(offset: int, text: str) -> MessageDelta:
    """A piece of a reply that another process writes."""
    return MessageDelta(ELSEWHERE, offset, text)


async def taken(bus: MemoryBus, count: int) -> list[BusEvent]:
    """The first events that a new reader gets."""
    async with bus.subscribe(CONVERSATION) as reader:
        return [await anext(reader) for _ in range(count)]


WHOLE = "".join(chr(ord("a") + number) for number in range(26))


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(1, 26)), min_size=1))
def test_whatever_pieces_come_the_text_so_far_is_a_stretch_of_the_whole(
    pieces: list[tuple[int, int]],
) -> None:
    text = GrowingText(pieces[0][0], own=False)
    for start, length in pieces:
        text.take(start, WHOLE[start : start + length])
        joined = "".join(text.parts)
        assert joined == WHOLE[text.start : text.start + text.length]
        assert text.start <= start < text.start + max(1, text.length)


async def test_pieces_that_follow_or_overlap_grow_a_text_and_a_gap_begins_it_anew() -> None:
    bus = MemoryBus()
    async with bus.subscribe(CONVERSATION):
        for delta in (elsewhere(0, "Hel"), elsewhere(2, "llo"), elsewhere(1, "el")):
            bus.hear(CONVERSATION, delta)
        assert await taken(bus, 1) == [elsewhere(0, "Hello")]
        bus.hear(CONVERSATION, elsewhere(9, "!"))
        assert await taken(bus, 1) == [elsewhere(9, "!")]
        bus.hear(CONVERSATION, elsewhere(0, "Hello all"))
        assert await taken(bus, 1) == [elsewhere(0, "Hello all")]


async def test_texts_of_others_are_forgotten_with_the_last_reader_and_ones_own_are_kept() -> None:
    bus = MemoryBus()
    async with bus.subscribe(CONVERSATION):
        await bus.publish(CONVERSATION, here(0, "mine"))
        bus.hear(CONVERSATION, elsewhere(0, "theirs"))
    bus.forget_heard(CONVERSATION)
    assert bus.own_texts(CONVERSATION) == [here(0, "mine")]
    assert bus.written_here == [CONVERSATION]
    assert await taken(bus, 1) == [here(0, "mine")]
    await bus.publish(CONVERSATION, LookAgain())
    assert (bus.topics, bus.own_texts(CONVERSATION), bus.written_here) == (0, [], [])


async def test_starting_over_tells_readers_to_look_and_the_texts_so_far_but_not_the_past() -> None:
    bus = MemoryBus()
    async with bus.subscribe(CONVERSATION) as reader:
        bus.hear(CONVERSATION, elsewhere(0, "lost with the gap"))
        await anext(reader)
        gone = ConversationDeleted(CONVERSATION)
        bus.recall(CONVERSATION, [gone, elsewhere(0, "Hel"), elsewhere(3, "lo")])
        assert [await anext(reader) for _ in range(2)] == [LookAgain(), elsewhere(0, "Hello")]
        assert await taken(bus, 1) == [elsewhere(0, "Hello")]


async def test_a_word_to_look_from_elsewhere_leaves_ones_own_texts() -> None:
    bus = MemoryBus()
    await bus.publish(CONVERSATION, here(0, "mine"))
    async with bus.subscribe(CONVERSATION):
        bus.hear(CONVERSATION, elsewhere(0, "theirs"))
        bus.hear(CONVERSATION, LookAgain())
        assert await taken(bus, 1) == [here(0, "mine")]


async def test_words_to_look_do_not_pile_up() -> None:
    bus = MemoryBus(queue_events=2)
    async with bus.subscribe(CONVERSATION) as reader:
        for _ in range(9):
            bus.look_again(CONVERSATION)
        bus.hear(CONVERSATION, elsewhere(0, "x"))
        assert [await anext(reader) for _ in range(2)] == [LookAgain(), elsewhere(0, "x")]


async def test_nothing_is_kept_for_conversations_without_readers() -> None:
    bus = MemoryBus()
    bus.look_again(CONVERSATION)
    bus.forget_heard(CONVERSATION)
    bus.recall(CONVERSATION, [])
    assert bus.topics == 0


@given(st.lists(st.one_of(st.integers(1, 3000), st.none()), max_size=60))
async def test_however_slowly_one_reads_the_pieces_are_the_text_and_no_more_than_it_has_room_for(
    steps: list[int | None],
) -> None:
    bus, said, read = MemoryBus(queue_events=60), 0, 0
    async with bus.subscribe(CONVERSATION) as reader:
        for length in [*steps, *([None] * len(steps))]:
            if length is not None:
                await bus.publish(CONVERSATION, here(said, "x" * length))
                said += length
            elif read < said:
                event = await anext(reader)
                assert isinstance(event, MessageDelta)
                assert (event.offset, event.text) == (read, "x" * len(event.text))
                assert len(event.text) < 4096 + 3000
                read += len(event.text)
    assert read == said


async def test_what_comes_between_two_texts_is_told_between_them() -> None:
    bus = MemoryBus()
    events: list[BusEvent] = [here(0, "a"), elsewhere(0, "b"), here(1, "c")]
    events += [LookAgain(), here(2, "d")]
    async with bus.subscribe(CONVERSATION) as reader:
        for event in events:
            bus.hear(CONVERSATION, event)
        assert [await anext(reader) for _ in events] == events


async def test_a_reader_that_stopped_waiting_may_wait_again() -> None:
    bus = MemoryBus()
    async with bus.subscribe(CONVERSATION) as reader:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(reader)
        await bus.publish(CONVERSATION, here(0, "a"))
        assert await anext(reader) == here(0, "a")
