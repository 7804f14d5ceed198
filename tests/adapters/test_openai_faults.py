"""The model client over real sockets: faults, silence, servers that are none."""

import asyncio

import pytest
from aiohttp import web

from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import Finished, ModelEvent, ModelRequest, TextPiece
from tests.adapters.answers import (
    DONE,
    abort,
    fall_silent,
    read_into,
    streaming,
    text_event,
)
from tests.adapters.conftest import ClientOf, Read, Serve


async def test_a_reset_after_the_finish_costs_only_the_usage(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    arrived = asyncio.Event()

    async def reset(request: web.Request) -> None:
        await arrived.wait()
        await abort(request)

    client = client_of(await serve(streaming(text_event("whole", "stop"), then=reset)))
    events: list[ModelEvent] = []
    await read_into(events, client, hello, arrived=arrived)
    assert events == [TextPiece("whole"), Finished("stop")]


@pytest.mark.parametrize("rest", [b"", DONE])
async def test_a_finished_reply_does_not_wait_for_a_server_that_keeps_the_answer_open(
    rest: bytes, serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    base_url = await serve(streaming(text_event("whole", "stop") + rest, then=fall_silent))
    client = client_of(base_url, idle_timeout_seconds=0.3)
    assert await read(client, hello) == [TextPiece("whole"), Finished("stop")]


async def test_the_time_that_the_reader_takes_is_not_the_servers_silence(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    going_on = asyncio.Event()

    async def wait(_request: web.Request) -> None:
        await going_on.wait()

    handle = streaming(text_event("a"), then=wait)
    client = client_of(await serve(handle), idle_timeout_seconds=0.4)
    loop = asyncio.get_running_loop()
    events = client.stream(hello)
    await anext(events)
    late = loop.time() + 0.5
    reached = asyncio.Event()
    loop.call_at(late, reached.set)
    await reached.wait()
    loop.call_later(0.05, going_on.set)
    with pytest.raises(ModelError) as caught:
        await anext(events)
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE  # broken off, but not for silence


async def test_chunks_that_are_none_fail_after_the_text_so_far(
    client_of: ClientOf, hello: ModelRequest
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        text = text_event("so far")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n%s\r\n" % (len(text), text))
        await reading.wait()
        writer.write(b"no number\r\n")
        writer.close()

    reading = asyncio.Event()
    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        events = client_of(f"http://127.0.0.1:{port}/v1", idle_timeout_seconds=0.4).stream(hello)
        assert await anext(events) == TextPiece("so far")
        reading.set()
        with pytest.raises(ModelError) as caught:
            await anext(events)
    # aiohttp's parser in C closes the connection without a word to the reader of the body, so
    # that only silence is left to end it; the one in Python says what is wrong.
    assert caught.value.code in {ErrorCode.MODEL_TIMEOUT, ErrorCode.MODEL_UNAVAILABLE}
    assert caught.value.answered
