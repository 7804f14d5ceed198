"""Clients that do not read, or never end what they say."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from tests.web.connecting import HEAD_SECONDS, Line, placed
from tests.web.test_connections_websockets import HANDSHAKE
from web.socket_connections import SocketConnection
from web.unread import Unread

MASK = bytes(4)
PING = b"\x89\xfd" + MASK + b"x" * 125
HELLO = b"\x81\x85" + MASK + b"Hello"
FIRST, NEXT = b"\x01\x80" + MASK, b"\x00\x80" + MASK


@pytest.mark.parametrize("request_", [b"GET /flood HTTP/1.1\r\n\r\n", b"GET" + HANDSHAKE + b"\r\n"])
async def test_a_client_that_reads_nothing_is_cut_off(request_: bytes) -> None:
    async with placed() as place, place.line() as line:
        line.stop_reading()
        line.send(request_.replace(b"/ws", b"/flood"))
        async with asyncio.timeout(20 * HEAD_SECONDS):
            await place.application.left.wait()


async def test_a_client_that_reads_nothing_does_not_hold_up_the_end_of_the_server() -> None:
    async with placed(sockets=SocketConnection) as place, place.line() as line:
        line.send(b"GET", HANDSHAKE.replace(b"/ws", b"/flood"), b"\r\n")
        assert (await line.reply()).status == 101
        line.stop_reading()
        place.server.should_exit = True
        async with asyncio.timeout(10):
            await place.application.left.wait()


async def test_a_request_that_never_ends_does_not_hold_up_the_end_of_the_server() -> None:
    async with placed() as place, place.line() as line:
        line.send(b"POST /read HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        await place.application.reading.wait()
        place.server.should_exit = True
        assert (await line.reply()).status == 408


async def test_pings_are_not_answered_while_answers_wait() -> None:
    async with placed(sockets=SocketConnection) as place, place.line() as line:
        line.send(b"GET", HANDSHAKE, b"\r\n")
        assert (await line.reply()).status == 101
        line.stop_reading()
        line.send(*[PING] * 100_000)
        await line.writer.drain()
        line.go_on_reading()
        line.send(HELLO)
        answers = await line.rest()
    assert 0 < answers.count(b"x" * 125) < 90_000


async def test_a_message_in_endless_pieces_ends_the_socket() -> None:
    async with placed() as place, place.line() as line:
        line.send(b"GET", HANDSHAKE, b"\r\n", FIRST, *[NEXT] * 2000)
        assert (await line.reply()).status == 101
        assert await too_big(line)


async def too_big(line: Line) -> bool:
    """Whether the socket is closed with 1009."""
    return b"\x03\xf1Too many fragments" in await line.rest()


class Reader:
    """A transport and a clock: what waits for a client, and when somebody looks."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.waiting = 0
        self.aborted = False
        self.look: Callable[[], None] = lambda: None
        transport = SimpleNamespace(
            set_write_buffer_limits=lambda high: None,
            get_write_buffer_size=lambda: self.waiting,
            abort=lambda: setattr(self, "aborted", True),
        )
        self.unread = Unread(
            cast("asyncio.Transport", transport),
            cast("asyncio.AbstractEventLoop", SimpleNamespace(call_later=self._call_later)),
            seconds=1,
        )

    def _call_later(self, _seconds: float, look: Callable[[], None]) -> object:
        self.look = look
        return SimpleNamespace(cancel=lambda: setattr(self, "look", lambda: None))


def test_a_slow_reader_is_not_cut_off_before_it_stops() -> None:
    reader = Reader()
    reader.waiting = 10
    reader.unread.begin()
    for left in (9, 8, 7):
        reader.waiting = left
        reader.look()
        assert not reader.aborted
    reader.look()
    assert reader.aborted


def test_who_has_read_all_is_not_looked_at() -> None:
    reader = Reader()
    reader.waiting = 10
    reader.unread.begin()
    reader.unread.end()
    reader.look()
    assert not reader.aborted
