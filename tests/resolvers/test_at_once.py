"""Events that are told where they are published, past the stream of their reader."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import orjson
import pytest

from chat.events import MessageAdded, MessageDelta, MessageFinished
from resolvers.at_once import WaitingError, without_waiting
from resolvers.results import Result
from tests.chat.examples import a_message, a_reply, whole
from tests.resolvers.followed import NAMES, TEXTS, Place, Reader, listening

TOKENS = TEXTS.replace("message { content }", "message { tokensUsed }")
TOO_MANY_TOKENS = 2**40


class Wire:
    """What is sent at once, while the client takes it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sent: list[dict[str, Any]] = []
        self.takes = True

    def __call__(self, results: Sequence[Result]) -> bool:
        """Send results."""
        if self.takes:
            self.sent += [said(result) for result in results]
        return self.takes


def said(result: Result) -> dict[str, Any]:
    """What a result says."""
    event: dict[str, Any] = orjson.loads(result.body)["data"]["conversationEvents"]
    return event


async def test_an_event_is_sent_before_publishing_it_is_over_and_its_stream_does_not_wake() -> None:
    place, wires = Place(), [Wire(), Wire()]
    readers = [place.follow(TEXTS, deliver=wire) for wire in wires]
    reply = a_reply(place.conversation, 2)
    async with AsyncExitStack() as stack:
        await listening(stack, *readers)
        await place.say(MessageAdded(reply), MessageDelta(reply.id, 0, "Hello"))
        await place.say(MessageFinished(whole(reply, "Hello")))
        for wire in wires:
            added, grown, finished = wire.sent
            assert added["message"]["index"] == 2
            assert grown == {"offset": 0, "text": "Hello"}
            assert finished["message"] == {"content": "Hello"}
        await asyncio.sleep(0)
        assert not any(reader.woken for reader in readers)


async def test_what_brings_several_events_is_sent_whole() -> None:
    place, wire = Place(), Wire()
    async with AsyncExitStack() as stack:
        await listening(stack, place.follow(TEXTS, deliver=wire))
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        assert [list(event["message"]) for event in wire.sent] == [
            ["index", "content"],
            ["content"],
        ]


async def test_what_cannot_be_sent_comes_by_the_stream_and_later_events_in_their_place() -> None:
    place, wire = Place(), Wire()
    reader, reply = place.follow(TEXTS, deliver=wire), a_reply(place.conversation, 2)
    async with AsyncExitStack() as stack:
        await listening(stack, reader)
        await place.say(MessageAdded(reply))
        wire.takes = False
        await place.say(MessageDelta(reply.id, 0, "a"))
        wire.takes = True
        await place.say(MessageDelta(reply.id, 1, "b"))
        texts = ""
        while len(texts) < 2:
            texts += (await reader.event())["text"]
        assert texts == "ab"
        await reader.listen()
        await place.say(MessageFinished(whole(reply, "ab")))
        assert [event["message"].get("content") for event in wire.sent] == ["", "ab"]


async def test_what_a_gap_left_out_is_read_and_told_before_the_event_that_showed_it() -> None:
    place, wire = Place(), Wire()
    reader = place.follow(TEXTS, deliver=wire)
    async with AsyncExitStack() as stack:
        await listening(stack, reader)
        place.tables.put(a_message(place.conversation, 2))
        await place.say(MessageAdded(a_message(place.conversation, 3)))
        assert (await reader.event())["message"]["index"] == 3
    assert wire.sent[0]["message"]["index"] == 2


async def test_what_has_to_be_read_comes_by_the_stream() -> None:
    place, wire = Place(), Wire()
    reader = place.follow(NAMES, deliver=wire)
    async with AsyncExitStack() as stack:
        await listening(stack, reader)
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        assert (await reader.event())["message"]["index"] == 2
    assert wire.sent == []


async def test_errors_come_by_the_stream_and_so_does_the_event_behind_them() -> None:
    place, wire = Place(), Wire()
    reader = place.follow(TOKENS, deliver=wire)
    reply = whole(a_reply(place.conversation, 2), "Hello")
    async with AsyncExitStack() as stack:
        await listening(stack, reader)
        await place.say(MessageAdded(replace(reply, tokens_used=TOO_MANY_TOKENS)))
        assert (await reader.event())["message"]["index"] == 2
        assert b'"errors":' in (await reader.next()).body
        await reader.listen()
        for index, sent in ((3, 0), (4, 2)):
            await place.say(MessageAdded(whole(a_reply(place.conversation, index), "Hello")))
            assert len(wire.sent) == sent
            await taken(reader, 0 if sent else 2)


async def taken(reader: Reader, count: int) -> None:
    """Take so many results off the stream, and listen on."""
    for _ in range(count):
        await reader.next()
    if count:
        await reader.listen()


@pytest.mark.parametrize("compiled", [True, False])
async def test_whoever_is_told_at_once_misses_nothing_that_others_hear(*, compiled: bool) -> None:
    place, wire = Place(compiled=compiled), Wire()
    reader = place.follow(TEXTS, deliver=wire, after=-1)
    told: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        await listening(stack, reader)
        if not compiled:
            told += [await reader.event() for _ in range(4)]
            await reader.listen()
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        if not compiled:
            told += [await reader.event() for _ in range(2)]
    told += wire.sent
    assert [event["message"].get("index", "end") for event in told] == [
        0,
        "end",
        1,
        "end",
        2,
        "end",
    ]


async def test_a_coroutine_that_waits_after_all_is_ended() -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            ended.append(True)

    with pytest.raises(WaitingError):
        without_waiting(waits())
    assert ended
