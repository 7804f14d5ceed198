"""Several who follow one conversation: what they share, and that each is told everything."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from chat.events import MessageAdded, MessageDelta, MessageFinished
from tests.chat.examples import a_conversation, a_message, a_reply, a_user, whole
from tests.resolvers.followed import NAMES, TEXTS, Place, listening


async def test_whoever_follows_the_same_gets_the_very_same_bytes_wherever_it_began() -> None:
    place = Place()
    new, old = place.follow(TEXTS, after=1), place.follow(TEXTS, after=0)
    async with AsyncExitStack() as stack:
        await listening(stack, new, old)
        await old.next()
        await old.next()
        message = a_message(place.conversation, 2)
        await place.say(MessageAdded(message), MessageFinished(message))
        for _ in range(2):
            assert await new.next() is await old.next()


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (TEXTS.replace("offset text", "text offset"), {}),
        (NAMES, {"named": False}),
        (NAMES, {"named": True}),
    ],
)
async def test_another_document_or_other_variables_are_run_by_themselves(
    document: str, variables: dict[str, Any]
) -> None:
    place = Place()
    base = TEXTS if document is not NAMES else NAMES
    one, other = place.follow(base), place.follow(document, **variables)
    async with AsyncExitStack() as stack:
        await listening(stack, one, other)
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        assert await one.next() is not await other.next()


async def test_another_user_is_no_part_of_the_audience() -> None:
    place = Place()
    async with AsyncExitStack() as stack:
        one = place.follow(TEXTS)
        await listening(stack, one)
        place.user = a_user()
        place.tables.put(a_conversation(place.user.id, id=place.conversation.id, next_index=2))
        other = place.follow(TEXTS)
        await listening(stack, other)
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        first, second = await one.next(), await other.next()
    assert first is not second
    assert first.body == second.body


async def test_what_the_store_is_asked_for_is_read_once_for_all_who_wait_for_it() -> None:
    place = Place()
    readers = [place.follow(NAMES) for _ in range(5)]
    async with AsyncExitStack() as stack:
        await listening(stack, *readers)
        place.conversations.read = 0
        place.conversations.gate.clear()
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        results = [asyncio.create_task(reader.next()) for reader in readers]
        for _ in range(20):
            await asyncio.sleep(0)
        place.conversations.gate.set()
        bodies = {(await result).body for result in results}
    assert place.conversations.read == 1
    assert len(bodies) == 1
    assert b'"name":' in bodies.pop()


async def test_errors_name_each_readers_own_request() -> None:
    place = Place()
    readers = [place.follow(NAMES, request_id=f"r{number}") for number in range(3)]
    async with AsyncExitStack() as stack:
        await listening(stack, *readers)
        del place.tables.conversations[place.conversation.id]
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        results = [await reader.next() for reader in readers]
    errors = [orjson.loads(result.body)["errors"][0]["extensions"] for result in results]
    assert [error["code"] for error in errors] == ["NOT_FOUND"] * 3
    assert [error["requestId"] for error in errors] == ["r0", "r1", "r2"]


@pytest.mark.parametrize("compiled", [True, False])
async def test_whoever_reads_slowly_or_comes_late_is_told_the_same_text(*, compiled: bool) -> None:
    place = Place(compiled=compiled)
    reply = a_reply(place.conversation, 2)
    quick, slow = place.follow(TEXTS), place.follow(TEXTS)
    async with AsyncExitStack() as stack:
        await listening(stack, quick, slow)
        await place.say(MessageAdded(reply))
        assert (await quick.event())["message"]["index"] == 2
        texts: list[list[str]] = [[], [], []]
        for offset in range(30):
            await place.say(MessageDelta(reply.id, offset, chr(ord("a") + offset % 26)))
            texts[0].append((await quick.event())["text"])
            if offset % 7 == 0:
                event = await slow.event()
                texts[1].append(event.get("text", ""))
        late = place.follow(TEXTS, after=1)
        place.tables.put(reply)
        place.tables.put(a_conversation(place.user.id, id=place.conversation.id, next_index=3))
        await listening(stack, late)
        content = "".join(chr(ord("a") + offset % 26) for offset in range(30))
        await place.say(MessageFinished(whole(reply, content)))
        for reader, told in zip((quick, slow, late), texts, strict=True):
            while "text" in (event := await reader.event()) or event["message"].get("index") == 2:
                told.append(event.get("text", ""))
            assert event["message"]["content"] == content
    assert ["".join(told) for told in texts] == [content] * 3
    assert [len(told) for told in texts] == [30, 6, 2]
