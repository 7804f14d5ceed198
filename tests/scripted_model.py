"""A model server for tests: Chat Completions over a real socket, doing as it is told."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Body = dict[str, Any]
Behaviour = Callable[[web.Request, Body], Awaitable[web.StreamResponse]]


class ScriptedModel:
    """Answers "You said: …" in words, unless a behaviour was scripted for the next request."""

    def __init__(self, otherwise: Callable[[], Behaviour] | None = None) -> None:
        """Start with nothing scripted; `otherwise` makes the behaviours where nothing is."""
        self._otherwise = otherwise or say
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self._script: deque[Behaviour] = deque()
        self._gate = asyncio.Event()
        self._gate.set()
        self.url = ""
        self.arrived = asyncio.Condition()
        self._answering = 0

    def application(self) -> web.Application:
        """The server to run."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_post("/v1/chat/completions", self._answer)
        return application

    def next(self, *behaviours: Behaviour) -> None:
        """Script the answers to the next requests, in order."""
        self._script.extend(behaviours)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold every answer back until the block ends."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    async def until_asked(self, times: int) -> None:
        """Wait until so many requests have come, all told."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= times)

    async def until_idle(self) -> None:
        """Wait until no answer is being sent any more, whole or given up."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: self._answering == 0), 5)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._answering += 1
        try:
            return await self._behave(request)
        finally:
            self._answering -= 1
            async with self.arrived:
                self.arrived.notify_all()

    async def _behave(self, request: web.Request) -> web.StreamResponse:
        body: Body = await request.json()
        self.headers.append(dict(request.headers))
        async with self.arrived:
            self.requests.append(body)
            self.arrived.notify_all()
        await self._gate.wait()
        behaviour = self._script.popleft() if self._script else self._otherwise()
        return await behaviour(request, body)


def say(
    *pieces: str,
    usage: tuple[int, int] | None = (11, 7),
    finish: str = "stop",
    pause_seconds: float = 0,
) -> Behaviour:
    """Stream these pieces, with a pause after each; without any, what the user said."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        words = pieces or ("You ", "said: ", str(body["messages"][-1]["content"]), " 🎉")
        response = await _stream(request)
        for word in words:
            await _event(response, {"choices": [{"index": 0, "delta": {"content": word}}]})
            await asyncio.sleep(pause_seconds)
        end: Body = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
        await _event(response, end)
        if usage is not None:
            prompt, completion = usage
            counts = {"prompt_tokens": prompt, "completion_tokens": completion}
            await _event(response, {"choices": [], "usage": counts})
        await response.write(b"data: [DONE]\n\n")
        return response

    return behaviour


def say_then_cut(*pieces: str) -> Behaviour:
    """Stream these pieces and break off."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del body
        response = await _stream(request)
        for piece in pieces:
            await _event(response, {"choices": [{"index": 0, "delta": {"content": piece}}]})
        return response

    return behaviour


def say_then_wait(*pieces: str, gate: asyncio.Event) -> Behaviour:
    """Stream these pieces, wait for the gate, and end well."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del body
        response = await _stream(request)
        for piece in pieces:
            await _event(response, {"choices": [{"index": 0, "delta": {"content": piece}}]})
        await gate.wait()
        await _event(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await response.write(b"data: [DONE]\n\n")
        return response

    return behaviour


def say_from(pieces: "asyncio.Queue[str | None]") -> Behaviour:
    """Stream what is put into the queue, when it is; None ends the reply well."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del body
        response = await _stream(request)
        while (piece := await pieces.get()) is not None:
            await _event(response, {"choices": [{"index": 0, "delta": {"content": piece}}]})
        await _event(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await response.write(b"data: [DONE]\n\n")
        return response

    return behaviour


def say_in_steps(*steps: tuple[str, asyncio.Event]) -> Behaviour:
    """Stream each piece and wait for its event, then end well."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del body
        response = await _stream(request)
        for piece, gate in steps:
            await _event(response, {"choices": [{"index": 0, "delta": {"content": piece}}]})
            await gate.wait()
        await _event(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await response.write(b"data: [DONE]\n\n")
        return response

    return behaviour


def refuse(status: int, headers: Mapping[str, str] | None = None, **error: object) -> Behaviour:
    """Refuse with a status and an error object."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del request, body
        said = {"error": {"message": "upstream secret text", **error}}
        return web.json_response(said, status=status, headers=headers)

    return behaviour


def refuse_for_long(status: int) -> Behaviour:
    """Refuse in a way that may pass, but not soon enough for a retry."""
    return refuse(status, {"Retry-After": "60"})


def reset() -> Behaviour:
    """Cut the connection before any byte of an answer."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del body
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return behaviour


def answer(raw: bytes, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer 200 with these very bytes."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        del request, body
        return web.Response(body=raw, headers=headers)

    return behaviour


async def _stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


async def _event(response: web.StreamResponse, data: Body) -> None:
    await response.write(f"data: {json.dumps(data)}\n\n".encode())
