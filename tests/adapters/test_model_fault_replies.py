"""Faults and oddities of replies: what each leads to. Nothing is ever asked twice for them."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiohttp import web

from adapters.chat_completions import NO_ROOM_FOR_TEXT, TOOL_ASKED_FOR
from chat.error_codes import CATALOGUE, ErrorCode
from chat.errors import ModelError
from chat.model import Finished, ModelEvent, ModelRequest, TextPiece, UsageReport
from tests.adapters.answers import (
    DONE,
    USAGE,
    WHOLE,
    WHOLE_EVENTS,
    abort,
    answering,
    event_of,
    fail,
    fall_silent,
    read_into,
    streaming,
    text_event,
)
from tests.adapters.conftest import KEY, Asked, ClientOf, Handler, Read, Serve

SO_FAR = text_event("so far")
PLAIN = {
    "choices": [{"message": {"content": "Hello 😀"}, "finish_reason": "stop"}],
    "usage": USAGE,
}


@pytest.fixture(autouse=True)
def asked_once(asked: Asked) -> Iterator[None]:
    """Every test here asks the server once, whatever becomes of it."""
    yield
    assert len(asked) == 1


def finish(reason: str, **delta: object) -> bytes:
    return event_of(choices=[{"delta": delta, "finish_reason": reason}])


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ([SO_FAR], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR, SO_FAR[:-9]], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR, b"data: {oops\n\n"], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR + b"data: {oops\n\n" + WHOLE], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR, b"data: []\n\n" + DONE], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR, event_of(error={"message": KEY})], ErrorCode.MODEL_UNAVAILABLE),
        ([SO_FAR, event_of(error={"code": 429})], ErrorCode.MODEL_RATE_LIMITED),
        ([SO_FAR, b"data: " + b"x" * 300_000], ErrorCode.MODEL_UNAVAILABLE),
    ],
)
async def test_a_fault_in_mid_stream_fails_after_the_text_so_far(
    pieces: list[bytes], code: ErrorCode, serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    text, error = await fail(client_of(await serve(streaming(*pieces))), hello)
    assert (text, error.code, error.answered) == ("so far", code, True)
    assert (error.retryable, error.retry_after_seconds) == (True, None)
    assert str(error) == CATALOGUE[code].sentence


async def test_a_reset_in_mid_stream_fails_after_the_text_so_far(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    arrived = asyncio.Event()

    async def reset(request: web.Request) -> None:
        await arrived.wait()
        await abort(request)

    client = client_of(await serve(streaming(SO_FAR, then=reset)))
    events: list[ModelEvent] = []
    with pytest.raises(ModelError) as caught:
        await read_into(events, client, hello, arrived=arrived)
    assert events == [TextPiece("so far")]
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
    assert caught.value.answered


async def test_a_reset_between_the_head_and_the_first_text_is_not_retried(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    text, error = await fail(client_of(await serve(streaming(then=abort))), hello)
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_UNAVAILABLE, True)


@pytest.mark.parametrize(
    ("pieces", "events"),
    [
        ([text_event("whole", "stop")], [TextPiece("whole"), Finished("stop")]),
        ([text_event("whole"), DONE], [TextPiece("whole")]),
    ],
)
async def test_a_reply_is_whole_with_a_reason_or_with_done(
    pieces: list[bytes],
    events: list[ModelEvent],
    serve: Serve,
    client_of: ClientOf,
    read: Read,
    hello: ModelRequest,
) -> None:
    assert await read(client_of(await serve(streaming(*pieces))), hello) == events


@pytest.mark.parametrize(
    "stream",
    [
        WHOLE,
        WHOLE.replace(b"\n", b"\r\n"),
        WHOLE.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + WHOLE,
        b": hello\n\n" + WHOLE.replace(b"\n\n", b"\n: ping\n\n: ping\n\n"),
        WHOLE.replace(b'data: {"choices"', b'data: {\ndata: "choices"'),
        WHOLE.replace('"😀'.encode(), b'"\\ud83d\\ude00'),
    ],
)
async def test_bytes_cut_anywhere_give_the_whole_reply(
    stream: bytes, serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    base_url = await serve(streaming(*(bytes([byte]) for byte in stream)))
    assert await read(client_of(base_url), hello) == WHOLE_EVENTS


async def compressed(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("answer", [compressed, answering(200, PLAIN)])
async def test_a_compressed_and_a_plain_answer_give_the_same_events(
    answer: Handler, serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    assert await read(client_of(await serve(answer)), hello) == WHOLE_EVENTS


@pytest.mark.parametrize(
    ("pieces", "events"),
    [
        ([event_of(choices=[]), WHOLE], WHOLE_EVENTS),
        ([event_of(choices=[{"delta": {"role": "assistant"}}]), WHOLE], WHOLE_EVENTS),
        ([event_of(novelty={"a": [1]}, choices=[{"odd": 1}]), WHOLE], WHOLE_EVENTS),
        ([text_event("a", "stop"), DONE], [TextPiece("a"), Finished("stop")]),
        ([text_event("a", "length"), DONE], [TextPiece("a"), Finished("length")]),
        ([text_event("a", "content_filter"), DONE], [TextPiece("a"), Finished("content_filter")]),
        ([finish("stop", refusal="No."), DONE], [TextPiece("No."), Finished("stop")]),
    ],
)
async def test_what_is_odd_is_tolerated_and_why_it_ended_is_told(
    pieces: list[bytes],
    events: list[ModelEvent],
    serve: Serve,
    client_of: ClientOf,
    read: Read,
    hello: ModelRequest,
) -> None:
    assert await read(client_of(await serve(streaming(*pieces))), hello) == events


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (b"", ErrorCode.MODEL_UNAVAILABLE, None),
        (DONE, ErrorCode.MODEL_UNAVAILABLE, None),
        (finish("stop") + DONE, ErrorCode.MODEL_UNAVAILABLE, None),
        (b"<!doctype html><html>Sign in</html>", ErrorCode.MODEL_UNAVAILABLE, None),
        (finish("content_filter") + DONE, ErrorCode.MODEL_CONTENT_FILTERED, None),
        (finish("length") + DONE, ErrorCode.MODEL_REJECTED, NO_ROOM_FOR_TEXT),
        (finish("tool_calls", tool_calls=[{}]) + DONE, ErrorCode.MODEL_REJECTED, TOOL_ASKED_FOR),
    ],
)
async def test_what_holds_no_reply_fails(
    body: bytes,
    code: ErrorCode,
    sentence: str | None,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
) -> None:
    text, error = await fail(client_of(await serve(streaming(body))), hello)
    assert (text, error.code, error.answered) == ("", code, True)
    assert error.retryable is CATALOGUE[code].retryable
    assert str(error) == (sentence or CATALOGUE[code].sentence)


def endless(start: bytes, beat: bytes) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(start)
        while True:
            await response.write(beat)
            await asyncio.sleep(0)

    return handle


@pytest.mark.parametrize(
    "answer", [streaming(SO_FAR, then=fall_silent), endless(SO_FAR, b": ping\n\n")]
)
async def test_silence_is_a_timeout_and_comments_do_not_break_it(
    answer: Handler, serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    text, error = await fail(client_of(await serve(answer), idle_timeout_seconds=0.3), hello)
    assert (text, error.code, error.answered) == ("so far", ErrorCode.MODEL_TIMEOUT, True)
    assert (error.retryable, error.retry_after_seconds) == (True, None)


async def test_a_slow_drip_is_fine(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(5):
            await response.write(text_event("x"))
            await asyncio.sleep(0.2)
        await response.write(DONE)
        return response

    client = client_of(await serve(drip), idle_timeout_seconds=0.6)
    assert await read(client, hello) == [TextPiece("xxxxx")]


async def test_a_drip_is_cut_when_the_time_in_all_is_over(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    base_url = await serve(endless(text_event("x"), text_event("x")))
    text, error = await fail(client_of(base_url, total_timeout_seconds=0.5), hello)
    assert text.startswith("x")
    assert (error.code, error.answered) == (ErrorCode.MODEL_TIMEOUT, True)


@pytest.mark.parametrize(
    ("pieces", "limits"),
    [
        ([SO_FAR, text_event("x" * 200)], {"max_line_bytes": 100}),
        ([SO_FAR, text_event("x" * 20)], {"max_reply_bytes": 20}),
    ],
)
async def test_a_line_or_a_reply_that_is_too_long_is_cut(
    pieces: list[bytes],
    limits: dict[str, int],
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
) -> None:
    text, error = await fail(client_of(await serve(streaming(*pieces)), **limits), hello)
    assert (text, error.code, error.answered) == ("so far", ErrorCode.MODEL_UNAVAILABLE, True)


async def test_a_reply_far_beyond_the_tokens_that_it_was_allowed_is_cut(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    base_url = await serve(endless(text_event("x" * 10_000), text_event("x" * 10_000)))
    text, error = await fail(client_of(base_url), replace(hello, max_tokens=100))
    assert 60_000 < len(text) < 80_000
    assert (error.code, error.answered) == (ErrorCode.MODEL_UNAVAILABLE, True)


async def test_usage_is_told_when_the_server_counts(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    base_url = await serve(streaming(text_event("a", "stop"), event_of(usage=USAGE), DONE))
    assert (await read(client_of(base_url), hello))[-1] == UsageReport(3, 2)
