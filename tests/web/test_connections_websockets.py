"""How a connection becomes a websocket."""

import asyncio
import json
import logging
from contextlib import closing

import pytest
from websockets.frames import Frame, Opcode
from yarl import URL

from tests.served import Served
from tests.web.connecting import FLOOD, placed
from web.socket_connections import SocketConnection, text_frame

HANDSHAKE = (
    b" /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
MASKED_HELLO = b"\x81\x85\x00\x00\x00\x00Hello"


async def test_what_comes_together_with_the_handshake_is_not_lost() -> None:
    async with placed() as place, place.line() as line:
        line.send(b"GET", HANDSHAKE, b"\r\n", MASKED_HELLO)
        assert (await line.reply()).status == 101
        assert (await line.rest()).startswith(b"\x81\x05Hello")


async def test_a_socket_may_be_silent_for_longer_than_a_head() -> None:
    async with placed() as place, place.line() as line, place.line() as other:
        line.send(b"GET", HANDSHAKE, b"\r\n")
        assert (await line.reply()).status == 101
        other.send(b"G")
        assert (await other.reply()).status == 408
        line.send(MASKED_HELLO)
        assert (await line.rest()).startswith(b"\x81\x05Hello")


@pytest.mark.parametrize(
    "sent",
    [
        b"POST" + HANDSHAKE + b"\r\n",
        b"GET" + HANDSHAKE + b"X: " + b"v" * 10_000 + b"\r\n\r\n",
        b"GET" + HANDSHAKE.replace(b"Version: 13", b"Version: 7") + b"\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
async def test_a_handshake_that_is_none_is_refused_at_once(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with placed() as place, place.line() as line:
        line.send(sent)
        assert (await line.reply()).status in {400, 405, 426}
        await line.rest()
    assert caplog.records == []


@pytest.mark.parametrize("rest", [b"\xff" * 40, b"\x81\x05Hello", b"GET / HTTP/1.1\r\n\r\n"])
async def test_frames_that_are_none_end_the_socket_without_a_traceback(
    rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with placed() as place, place.line() as line:
        line.send(b"GET", HANDSHAKE, b"\r\n", rest)
        await line.rest()
    assert caplog.records == []


async def test_a_handshake_behind_a_request_that_is_being_answered_is_refused() -> None:
    async with placed() as place, place.line() as line:
        line.send(b"GET /hold HTTP/1.1\r\n\r\n", b"GET", HANDSHAKE, b"\r\n")
        await place.application.held.wait()
        place.application.go_on.set()
        assert [(await line.reply()).status, (await line.reply()).status] == [200, 400]


async def test_parley_hears_what_a_client_says_together_with_its_handshake(parley: Served) -> None:
    alice = await parley.client()
    said = {"type": "connection_init", "payload": {"token": alice.token}}
    text = json.dumps(said).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(parley.url).port)
    with closing(writer):
        head = HANDSHAKE.replace(b"/ws", b"/graphql")
        head += b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        frame = b"\x81" + bytes([0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text
        writer.write(b"GET" + head + frame)
        async with asyncio.timeout(10):
            await reader.readuntil(b"\r\n\r\n")
            assert b"connection_ack" in await reader.readuntil(b"}")


async def test_texts_are_sent_at_once_while_the_client_takes_them_and_the_socket_is_open() -> None:
    async with placed(sockets=SocketConnection) as place, place.line() as line:
        line.send(b"GET", HANDSHAKE.replace(b"/ws", b"/at-once"), b"\r\n")
        assert (await line.reply()).status == 101
        line.stop_reading()
        await place.application.held.wait()
        line.go_on_reading()
        line.send(MASKED_HELLO)
        frames = await line.rest()
    early, *sent, refused = place.application.sent_at_once
    assert not any((early, refused, place.application.at_once([b"late"])))
    pair = text_frame(FLOOD.encode()) + text_frame(b"and")
    assert frames == pair * len(sent) + text_frame(b"the last")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
def test_a_message_is_framed_as_websockets_frames_it(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
