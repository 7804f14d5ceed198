"""What the bus of one process keeps of texts, of its own and of what it hears from others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory_bus import MemoryBus
from adapters.memory_queue import MemorySubscription
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


class Taker:
    """A reader that waits, and takes what it is offered."""

    def __init__(self, reader: MemorySubscription) -> None:
        """It takes everything."""
        self.taken: list[BusEvent] = []
        self.takes = True
        reader.offer_to(self)
        self.waiting = asyncio.ensure_future(anext(reader))

    def __call__(self, event: BusEvent) -> bool:
        """Take an event."""
        if self.takes:
            self.taken.append(event)
        return self.takes


@asynccontextmanager
async def taking(bus: MemoryBus) -> AsyncIterator[Taker]:
    """One more of them."""
    async with bus.subscribe(CONVERSATION) as reader:
        taker = Taker(reader)
        await asyncio.sleep(0)
        yield taker
        taker.waiting.cancel()
        await asyncio.wait([taker.waiting])


async def test_a_piece_is_told_at_once_and_those_behind_it_in_the_next_turn_together() -> None:
    bus = MemoryBus()
    async with taking(bus) as one, taking(bus) as other:
        for offset in range(9):
            await bus.publish(CONVERSATION, here(offset, "x"))
        assert one.taken == other.taken == [here(0, "x")]
        await asyncio.sleep(0)
        assert one.taken == other.taken == [here(0, "x"), here(1, "x" * 8)]
        await bus.publish(CONVERSATION, here(9, "x"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await bus.publish(CONVERSATION, here(10, "x"))
        assert one.taken[2:] == [here(9, "x"), here(10, "x")]


async def test_pieces_that_wait_for_the_next_turn_stay_in_their_place() -> None:
    bus = MemoryBus()
    events: list[BusEvent] = [here(0, "a"), here(1, "b"), ConversationDeleted(CONVERSATION)]
    async with taking(bus) as one:
        for event in events:
            await bus.publish(CONVERSATION, event)
        assert one.taken == events


async def test_who_subscribes_while_pieces_wait_hears_none_of_them_twice() -> None:
    bus = MemoryBus()
    async with taking(bus) as one:
        await bus.publish(CONVERSATION, here(0, "a"))
        await bus.publish(CONVERSATION, here(1, "b"))
        async with bus.subscribe(CONVERSATION) as late:
            await bus.publish(CONVERSATION, here(2, "c"))
            assert [await anext(late) for _ in range(2)] == [here(0, "ab"), here(2, "c")]
        assert one.taken == [here(0, "a"), here(1, "b"), here(2, "c")]


async def test_pieces_that_wait_are_told_before_the_end() -> None:
    bus = MemoryBus()
    async with taking(bus) as one:
        await bus.publish(CONVERSATION, here(0, "a"))
        await bus.publish(CONVERSATION, here(1, "b"))
        bus.close()
        assert one.taken == [here(0, "a"), here(1, "b")]


async def test_what_is_not_taken_waits_for_the_reader_and_so_does_all_behind_it() -> None:
    bus = MemoryBus()
    async with taking(bus) as one:
        one.takes = False
        bus.hear(CONVERSATION, elsewhere(0, "a"))
        one.takes = True
        bus.hear(CONVERSATION, LookAgain())
        assert await one.waiting == elsewhere(0, "a")
        assert one.taken == []


async def test_what_goes_wrong_in_taking_is_raised_to_that_reader_alone() -> None:
    def fails(event: BusEvent) -> bool:
        raise ValueError(event)

    bus = MemoryBus()
    async with bus.subscribe(CONVERSATION) as reader, taking(bus) as other:
        reader.offer_to(fails)
        waiting = asyncio.ensure_future(anext(reader))
        await asyncio.sleep(0)
        await bus.publish(CONVERSATION, here(0, "a"))
        with pytest.raises(ValueError, match="offset=0"):
            await waiting
        assert other.taken == [here(0, "a")]
