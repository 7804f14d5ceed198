"""A server that is about to end sends its clients away, and loses no request on its way to it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.web.connecting import Line, Place, placed

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HOLD = GET.replace(b"/ ", b"/hold ", 1)
HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
LONG = 3600.0


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """A served application."""
    async with placed() as made:
        yield made


async def last_answer(line: Line) -> None:
    """An answer that says it is the last one, and is."""
    reply = await line.reply()
    assert (reply.status, reply.body) == (200, b"ok")
    assert reply.headers["connection"] == "close"
    assert await line.rest() == b""


def waiting(place: Place) -> asyncio.Task[None]:
    """The wait for connections on which nothing is asked."""
    return asyncio.create_task(place.state.until_none_is_idle(within_seconds=LONG))


async def test_a_connection_that_is_kept_gets_one_more_answer(place: Place) -> None:
    async with place.line() as line:
        line.send(GET)
        assert "connection" not in (await line.reply()).headers
        place.state.leave()
        line.send(GET)
        await last_answer(line)


async def test_an_answer_that_was_waited_for_is_the_last_one(place: Place) -> None:
    async with place.line() as line:
        line.send(HOLD)
        await place.application.held.wait()
        place.state.leave()
        place.application.go_on.set()
        await last_answer(line)


async def test_a_new_connection_gets_one_answer(place: Place) -> None:
    place.state.leave()
    async with place.line() as line:
        line.send(GET)
        await last_answer(line)


async def test_a_websocket_is_taken_as_ever(place: Place) -> None:
    place.state.leave()
    async with place.line() as line:
        line.send(HANDSHAKE)
        reply = await line.reply()
        assert reply.status == 101
        assert reply.headers["connection"] == "upgrade"
        await asyncio.wait_for(waiting(place), 10)


async def test_idle_connections_are_waited_for_until_they_ask_or_go(place: Place) -> None:
    async with place.line() as first, place.line() as second:
        for line in (first, second):
            line.send(GET)
            await line.reply()
        place.state.leave()
        none_idle = waiting(place)
        first.send(GET)
        await last_answer(first)
        assert not none_idle.done()
        second.writer.close()
        await asyncio.wait_for(none_idle, 10)


async def test_a_connection_that_stays_idle_is_waited_for_only_so_long(place: Place) -> None:
    async with place.line() as line:
        line.send(GET)
        await line.reply()
        await asyncio.wait_for(place.state.until_none_is_idle(within_seconds=0), 10)
