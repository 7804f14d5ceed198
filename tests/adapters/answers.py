"""Answers of a model server, whole and broken, and how to see a client fail on them."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from adapters.openai import OpenAIClient
from chat.errors import ModelError
from chat.model import Finished, ModelEvent, ModelRequest, TextPiece, UsageReport
from tests.adapters.conftest import Handler

DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def event_of(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields, ensure_ascii=False).encode() + b"\n\n"


def text_event(content: str, finish_reason: str | None = None) -> bytes:
    return event_of(choices=[{"delta": {"content": content}, "finish_reason": finish_reason}])


WHOLE = text_event("Hello") + text_event(" 😀", "stop") + event_of(choices=[], usage=USAGE) + DONE
WHOLE_EVENTS = [TextPiece("Hello 😀"), Finished("stop"), UsageReport(3, 2)]


def streaming(
    *pieces: bytes, then: Callable[[web.Request], Awaitable[None]] | None = None
) -> Handler:
    """Answer with an event stream, piece by piece, then do `then`, then end the answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if then is not None:
            await then(request)
        return response

    return handle


def answering(status: int, body: object = "", **headers: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=names)

    return handle


def in_turn(*answers: Handler) -> Handler:
    """Answer the first request with the first handler, and so on; the last goes on for ever."""
    left = list(answers)

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return await answer(request)

    return handle


async def cut(request: web.Request) -> web.StreamResponse:
    """Reset the connection before any byte of an answer."""
    await abort(request)
    return web.Response()


async def say_nothing(request: web.Request) -> web.StreamResponse:
    """Take the request and keep silent."""
    await fall_silent(request)
    return web.Response()


async def abort(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


async def fall_silent(_request: web.Request) -> None:
    """Until the client goes away."""
    await asyncio.Event().wait()


async def fail(client: OpenAIClient, request: ModelRequest) -> tuple[str, ModelError]:
    """The text before the fault, and the fault."""
    events: list[ModelEvent] = []
    with pytest.raises(ModelError) as caught:
        await read_into(events, client, request)
    return "".join(event.text for event in events if isinstance(event, TextPiece)), caught.value


async def read_into(
    events: list[ModelEvent],
    client: OpenAIClient,
    request: ModelRequest,
    *,
    arrived: asyncio.Event | None = None,
) -> None:
    """Read a reply to its end; sets `arrived` once there is something."""
    async for event in client.stream(request):
        events.append(event)
        if arrived is not None:
            arrived.set()
