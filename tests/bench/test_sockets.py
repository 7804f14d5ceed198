"""The benchmark's websocket takes frames apart, however they are cut on their way."""

import asyncio

import pytest

from bench.sockets import Socket

_HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Wire(asyncio.WriteTransport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        pass


def frame(payload: bytes, *, kind: int = 1) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x80 | kind, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | kind, 126)) + size.to_bytes(2) + payload
    return bytes((0x80 | kind, 127)) + size.to_bytes(8) + payload


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 1_000_000])
async def test_messages_of_all_lengths_are_heard_whole(piece: int) -> None:
    heard: list[bytes] = []
    socket, wire = Socket("secret", heard.append), Wire()
    messages = [b"short", b"m" * 126, b"l" * 70_000, b""]
    sent = _HEAD + frame(b'{"type":"connection_ack"}') + b"".join(map(frame, messages))

    socket.connection_made(wire)
    for start in range(0, len(sent), piece):
        socket.data_received(sent[start : start + piece])

    assert socket.ready.done()
    assert heard == messages


async def test_it_asks_to_be_let_in_and_answers_pings_with_a_mask() -> None:
    socket, wire = Socket("secret", lambda message: None), Wire()

    socket.connection_made(wire)
    socket.data_received(_HEAD + frame(b"still there?", kind=9))

    asked, init, pong = wire.written
    assert asked.startswith(b"GET /graphql HTTP/1.1\r\n")
    assert init[6:] == b'{"type":"connection_init","payload":{"Authorization":"secret"}}'
    assert pong == bytes((0x8A, 0x80 | 12)) + bytes(4) + b"still there?"


async def test_a_long_message_is_sent_with_its_length_in_two_bytes() -> None:
    socket, wire = Socket("secret", lambda message: None), Wire()

    socket.connection_made(wire)
    socket.subscribe("1", "q" * 200)

    size = len(wire.written[-1]) - 8
    assert wire.written[-1][:4] == bytes((0x81, 0xFE)) + size.to_bytes(2)


async def test_a_socket_that_is_refused_says_so() -> None:
    socket = Socket("secret", lambda message: None)

    socket.connection_made(Wire())
    socket.data_received(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with pytest.raises(RuntimeError, match="403"):
        await socket.ready
