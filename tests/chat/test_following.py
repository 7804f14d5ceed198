"""One gapless stream of events out of what is stored and what the bus says."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

import pytest

from chat.errors import BadUserInputError, NotFoundError
from chat.events import (
    BusEvent,
    ConversationDeleted,
    LookAgain,
    MessageAdded,
    MessageDelta,
    MessageEvent,
    MessageFinished,
)
from chat.following import Following
from chat.identifiers import uuid7
from chat.records import Message
from tests.chat.examples import a_conversation, a_message, a_reply, a_run, a_user, whole
from tests.chat.fake_runs import FakeRuns
from tests.chat.fake_stores import FakeConversations, FakeMessages, Tables
from tests.chat.fakes import QueueSubscription, RecordingBus

Item = TypeVar("Item")


class Scene:
    """A conversation with one reader."""

    def __init__(self, **changes: object) -> None:
        self.tables = Tables()
        self.conversation = a_conversation(a_user().id, **changes)
        self.tables.put(self.conversation)
        self.bus = RecordingBus()
        self.messages = FakeMessages(self.tables)
        self.following = Following(
            conversations=FakeConversations(self.tables),
            messages=self.messages,
            runs=FakeRuns(self.tables),
            bus=self.bus,
        )

    def has(self, count: int) -> list[Message]:
        """Give the conversation so many whole messages."""
        messages = [a_message(self.conversation, index) for index in range(count)]
        self.conversation = replace(self.conversation, next_index=count)
        self.tables.put(self.conversation, *messages)
        return messages

    def writes(self, content: str = "") -> Message:
        """Give the conversation a message and a reply that is being written."""
        index = self.conversation.next_index
        question = a_message(self.conversation, index)
        reply = a_reply(self.conversation, index + 1, content)
        run = a_run(question, reply)
        self.conversation = replace(self.conversation, next_index=index + 2, active_run_id=run.id)
        self.tables.put(self.conversation, question, reply, run)
        return reply

    async def says(self, *events: BusEvent) -> None:
        """Publish, once there is a reader."""
        await self.bus.until(lambda: bool(self.bus.readers[self.conversation.id]))
        for event in events:
            await self.bus.publish(self.conversation.id, event)

    async def ends(self) -> None:
        """End the reader's stream by a delete."""
        await self.bus.publish(self.conversation.id, ConversationDeleted(self.conversation.id))

    def events(self, after_index: int | None = None) -> AsyncGenerator[MessageEvent, None]:
        """What the owner hears."""
        user_id = self.conversation.user_id
        return self.following.events(user_id, self.conversation.id, after_index)


async def all_of(stream: AsyncGenerator[Item, None]) -> list[Item]:
    """Everything that comes until the stream ends."""
    async with aclosing(stream):
        return [item async for item in stream]


async def listening(
    scene: Scene, after_index: int | None = None
) -> asyncio.Task[list[MessageEvent]]:
    """A reader that has subscribed."""
    task = asyncio.create_task(all_of(scene.events(after_index)))
    await scene.says()
    return task


async def test_a_conversation_that_is_absent_or_somebody_elses_is_not_found() -> None:
    scene = Scene()
    owner = scene.conversation.user_id
    for user_id, conversation_id in ((owner, uuid7()), (uuid7(), scene.conversation.id)):
        with pytest.raises(NotFoundError) as caught:
            await all_of(scene.following.events(user_id, conversation_id, None))
        assert caught.value.field == "conversationId"


async def test_a_conversation_that_is_deleted_while_one_subscribes_is_not_found() -> None:
    scene = Scene()

    class DeletingBus(RecordingBus):
        @asynccontextmanager
        async def subscribe(self, conversation_id: UUID) -> AsyncIterator[QueueSubscription]:
            del scene.tables.conversations[conversation_id]
            async with super().subscribe(conversation_id) as subscription:
                yield subscription

    bus = DeletingBus()
    following = Following(
        conversations=FakeConversations(scene.tables),
        messages=scene.messages,
        runs=FakeRuns(scene.tables),
        bus=bus,
    )
    with pytest.raises(NotFoundError):
        await all_of(following.events(scene.conversation.user_id, scene.conversation.id, None))
    assert not bus.readers[scene.conversation.id]


async def test_without_an_index_one_hears_what_comes_next() -> None:
    scene = Scene()
    scene.has(2)
    listener = await listening(scene)
    new = a_message(scene.conversation, 2)
    await scene.says(MessageAdded(new), MessageFinished(new))
    await scene.ends()
    assert await listener == [MessageAdded(new), MessageFinished(new)]


async def test_without_an_index_a_reply_that_is_being_written_is_told_from_its_beginning() -> None:
    scene = Scene()
    scene.has(2)
    reply = scene.writes("Hel")
    listener = await listening(scene)
    final = whole(reply, "Hello")
    await scene.says(
        MessageDelta(reply.id, 0, "Hell"), MessageDelta(reply.id, 4, "o"), MessageFinished(final)
    )
    await scene.ends()
    assert await listener == [
        MessageAdded(reply),
        MessageDelta(reply.id, 3, "l"),
        MessageDelta(reply.id, 4, "o"),
        MessageFinished(final),
    ]


@pytest.mark.parametrize("lost", ["run", "reply"])
async def test_a_run_that_is_gone_leaves_one_with_what_comes_next(lost: str) -> None:
    scene = Scene()
    reply = scene.writes()
    if lost == "run":
        scene.tables.runs.clear()
    else:
        del scene.tables.messages[reply.id]
    listener = await listening(scene)
    new = a_message(scene.conversation, 2)
    await scene.says(MessageAdded(new), MessageFinished(new))
    await scene.ends()
    assert await listener == [MessageAdded(new), MessageFinished(new)]
    assert scene.messages.wanted == []


@pytest.mark.parametrize("after_index", [2, 3, 2**31 - 1])
async def test_an_index_behind_the_last_message_is_refused(after_index: int) -> None:
    scene = Scene()
    scene.has(2)
    with pytest.raises(BadUserInputError) as caught:
        await all_of(scene.events(after_index))
    assert caught.value.field == "afterIndex"


async def test_after_an_index_everything_behind_it_is_told() -> None:
    scene = Scene()
    messages = scene.has(3)
    listener = await listening(scene, after_index=0)
    await scene.ends()
    assert [
        event.message for event in await listener if isinstance(event, MessageAdded)
    ] == messages[1:]


@pytest.mark.parametrize("count", [99, 100, 101, 250])
async def test_a_long_past_is_told_page_by_page(count: int) -> None:
    scene = Scene()
    messages = scene.has(count)
    listener = await listening(scene, after_index=-1)
    await scene.ends()
    added = [event.message for event in await listener if isinstance(event, MessageAdded)]
    assert added == messages
    starts = [low for _, low, _ in scene.messages.wanted]
    assert all(later - earlier == 100 for earlier, later in pairwise(starts))


async def test_text_that_the_bus_lost_is_read_from_the_store() -> None:
    scene = Scene()
    reply = scene.writes("H")
    listener = await listening(scene)
    scene.tables.put(replace(reply, content="Hell"))
    final = whole(reply, "Hello")
    await scene.says(MessageDelta(reply.id, 3, "l"), MessageFinished(final))
    await scene.ends()
    assert await listener == [
        MessageAdded(reply),
        MessageDelta(reply.id, 1, "ell"),
        MessageDelta(reply.id, 4, "o"),
        MessageFinished(final),
    ]


async def test_messages_that_the_bus_lost_are_read_from_the_store() -> None:
    scene = Scene()
    reply = scene.writes()
    listener = await listening(scene)
    final = whole(reply, "Hello")
    lost, heard = a_message(scene.conversation, 2), a_message(scene.conversation, 3)
    scene.tables.put(final, lost, heard)
    await scene.says(MessageAdded(heard))
    await scene.ends()
    assert await listener == [
        MessageAdded(reply),
        MessageDelta(reply.id, 0, "Hello"),
        MessageFinished(final),
        MessageAdded(lost),
        MessageFinished(lost),
        MessageAdded(heard),
        MessageFinished(heard),
    ]


async def test_a_word_that_something_may_have_been_missed_sends_one_to_the_store() -> None:
    scene = Scene()
    reply = scene.writes("H")
    listener = await listening(scene)
    final = whole(reply, "Hello")
    missed = a_message(scene.conversation, 2)
    scene.tables.put(final, missed)
    await scene.says(LookAgain(), LookAgain(), MessageFinished(final))
    await scene.ends()
    assert await listener == [
        MessageAdded(reply),
        MessageDelta(reply.id, 1, "ello"),
        MessageFinished(final),
        MessageAdded(missed),
        MessageFinished(missed),
    ]


async def test_who_looks_again_and_finds_the_conversation_gone_hears_no_more() -> None:
    scene = Scene()
    listener = await listening(scene)
    del scene.tables.conversations[scene.conversation.id]
    await scene.says(LookAgain())
    assert await listener == []
    assert not scene.bus.readers[scene.conversation.id]


async def test_a_gap_that_stays_open_is_not_looked_into_for_each_piece_behind_it() -> None:
    scene = Scene()
    reply = scene.writes("H")
    listener = await listening(scene)
    reads = len(scene.messages.wanted)
    await scene.says(*(MessageDelta(reply.id, 3 + offset, "x") for offset in range(100)))
    [reader] = scene.bus.readers[scene.conversation.id]
    await reader.until_taken()
    final = whole(reply, "Hello")
    added = a_message(scene.conversation, 3)
    scene.tables.put(final, a_message(scene.conversation, 2), added)
    await scene.says(MessageAdded(added))
    await scene.ends()
    told = await listener
    assert told[1:3] == [MessageDelta(reply.id, 1, "ello"), MessageFinished(final)]
    assert [event.message.index for event in told[3:] if isinstance(event, MessageAdded)] == [2, 3]
    assert len(scene.messages.wanted) - reads <= 12


async def test_the_stream_ends_when_the_bus_closes() -> None:
    scene = Scene()
    listener = await listening(scene)
    scene.bus.close()
    assert await listener == []
    assert not scene.bus.readers[scene.conversation.id]


async def test_whole_messages_come_once_each_when_they_are_final_and_in_order() -> None:
    scene = Scene()
    past = scene.has(1)
    first = scene.writes()
    stream = scene.following.messages(scene.conversation.user_id, scene.conversation.id, -1)
    listener = asyncio.create_task(all_of(stream))
    question = a_message(scene.conversation, 3)
    final = whole(first, "Hello")
    await scene.says(
        MessageAdded(question),
        MessageFinished(question),
        MessageDelta(first.id, 0, "Hello"),
        MessageFinished(final),
    )
    await scene.ends()
    asked = scene.tables.path(scene.conversation.id)[1]
    assert await listener == [*past, asked, final, question]
