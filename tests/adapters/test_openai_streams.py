"""The model client over real sockets: whole answers, refusals, closing."""

import asyncio
import logging
from dataclasses import replace
from http import HTTPStatus

import pytest
from aiohttp import web

from chat.error_codes import CATALOGUE, ErrorCode
from chat.model import ModelRequest, TextPiece
from tests.adapters.answers import (
    DONE,
    WHOLE,
    WHOLE_EVENTS,
    abort,
    answering,
    event_of,
    fail,
    streaming,
    text_event,
)
from tests.adapters.conftest import KEY, ClientOf, Handler, Read, Serve


async def test_an_escaped_surrogate_pair_may_be_cut_between_two_events(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    halves = [
        b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half
        for half in (rb"\ud83d", rb"\ude00")
    ]
    base_url = await serve(streaming(*halves, DONE))
    assert await read(client_of(base_url), hello) == [TextPiece("😀")]


async def test_a_very_long_prompt_is_sent_whole(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        received = 0
        async for data in request.content.iter_any():
            received += len(data)
        return await streaming(text_event(str(received > 2_000_000)), DONE)(request)

    base_url = await serve(handle)
    message = replace(hello.messages[1], content="x" * 2_000_000)
    events = await read(client_of(base_url), replace(hello, messages=(message,)))
    assert events == [TextPiece("True")]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.MODEL_REJECTED),
        (401, ErrorCode.MODEL_AUTHENTICATION),
        (403, ErrorCode.MODEL_AUTHENTICATION),
        (404, ErrorCode.MODEL_REJECTED),
        (408, ErrorCode.MODEL_TIMEOUT),
        (409, ErrorCode.MODEL_UNAVAILABLE),
        (422, ErrorCode.MODEL_REJECTED),
        (429, ErrorCode.MODEL_RATE_LIMITED),
        (500, ErrorCode.MODEL_UNAVAILABLE),
        (503, ErrorCode.MODEL_UNAVAILABLE),
        (204, ErrorCode.MODEL_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize(
    "body", [{"error": {"message": f"no {KEY}"}}, "<html>", "[1]", "x" * 99_999]
)
async def test_a_status_has_its_code_and_friendly_sentence(
    status: int,
    code: ErrorCode,
    body: object,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
) -> None:
    base_url = await serve(answering(status, "" if status == HTTPStatus.NO_CONTENT else body))
    text, error = await fail(client_of(base_url), hello)
    assert (text, error.code, error.answered) == ("", code, False)
    assert str(error) == CATALOGUE[code].sentence


async def test_an_error_body_that_breaks_off_leaves_the_status_to_tell(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=429)
        await response.prepare(request)
        await response.write(b'{"error":')
        await abort(request)
        return response

    _, error = await fail(client_of(await serve(handle)), hello)
    assert error.code is ErrorCode.MODEL_RATE_LIMITED


@pytest.mark.parametrize(
    "answer",
    [answering(401), streaming(event_of(error={"code": "invalid_api_key"})), answering(402)],
)
async def test_the_operator_reads_of_a_refused_key_in_the_log_but_never_the_key(
    answer: Handler,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await fail(client_of(await serve(answer)), hello)
    (entry,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert entry.name == "adapters.openai"
    assert KEY not in caplog.text


async def test_faults_that_pass_by_themselves_are_no_errors_in_the_log(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, caplog: pytest.LogCaptureFixture
) -> None:
    await fail(client_of(await serve(answering(500))), hello)
    assert not [r for r in caplog.records if r.name.startswith("adapters")]


async def test_closing_in_mid_stream_is_seen_by_the_server_and_leaves_no_task(
    serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    gone = asyncio.Event()

    async def wait(_request: web.Request) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    events = client_of(await serve(streaming(text_event("a"), then=wait))).stream(hello)
    before = asyncio.all_tasks()
    await anext(events)
    await events.aclose()
    await gone.wait()
    # What is left of the server's own tasks is on its way out.
    await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)


async def test_cancelling_in_mid_stream_is_seen_by_the_server(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def wait(_request: web.Request) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    client = client_of(await serve(streaming(text_event("a"), then=wait)))
    reading = asyncio.create_task(read(client, hello))
    await begun.wait()
    reading.cancel()
    await gone.wait()
    await asyncio.wait([reading])
    assert reading.cancelled()


async def test_requests_one_after_the_other_share_a_connection(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest
) -> None:
    peers: set[object] = set()

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        first_of_all = len(peers) == 1 and not refused
        refused.append(first_of_all)
        if first_of_all:
            return web.json_response({"error": {"param": "temperature"}}, status=400)
        return await streaming(WHOLE)(request)

    refused: list[bool] = []
    client = client_of(await serve(handle))
    for _ in range(3):
        assert await read(client, hello) == WHOLE_EVENTS
    assert (len(refused), len(peers)) == (4, 1)
