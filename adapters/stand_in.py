"""The stand-in model server: a process of its own that speaks Chat Completions, without any AI.

`python -m adapters.stand_in --port 0` lets people try Parley without a key. Each reply says that
it comes from a stand-in, and shows what was sent to it. Some names of models fail on purpose:
stand-in-400, -401, -429, -500, -slow, -cut. Not for production, and open to this machine only.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO
from uuid import uuid4

import orjson
from aiohttp import web

from adapters.stand_in_reply import (
    InvalidBodyError,
    Question,
    Reply,
    chunks,
    completion,
    error_body,
    read_question,
    reply_to,
)

MODEL = "stand-in"
SLOW_MODEL = "stand-in-slow"
CUT_MODEL = "stand-in-cut"
_RATE_CODE = "rate_limit_exceeded"
_FAILURES = {
    "stand-in-400": (400, "invalid_request_error", None),
    "stand-in-401": (401, "invalid_request_error", "invalid_api_key"),
    "stand-in-429": (429, "requests", _RATE_CODE),
    "stand-in-500": (500, "server_error", None),
}
_HOST = "127.0.0.1"
_SLOW_WORD_SECONDS = 1.0
_RETRY_AFTER = {"Retry-After": "2"}
_MOST_BODY_BYTES = 16 * 1024 * 1024
_PARENT_POLL_SECONDS = 0.2
_SHUTDOWN_SECONDS = 0.1


def make_app(*, delay_seconds: float) -> web.Application:
    """The server; `delay_seconds` is the pause after each word of a stream."""
    server = _StandIn(delay_seconds)
    app = web.Application(client_max_size=_MOST_BODY_BYTES)
    app.router.add_get("/v1/models", server.models)
    app.router.add_post("/v1/chat/completions", server.complete)
    return app


class _StandIn:
    """The handlers."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay_seconds = delay_seconds

    async def models(self, _request: web.Request) -> web.Response:
        """Any other name is answered too, since Parley's default is the name of a real model."""
        names = [MODEL, SLOW_MODEL, CUT_MODEL, *_FAILURES]
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "parley"} for name in names
        ]
        return _json({"object": "list", "data": listed})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """Answer POST /v1/chat/completions, streamed or not."""
        try:
            question = read_question(orjson.loads(await request.read()))
        except InvalidBodyError as error:
            return _invalid(str(error), error.param)
        except orjson.JSONDecodeError:
            return _invalid("The body must be JSON.")
        if question.model in _FAILURES:
            return _failure(question.model)
        reply = reply_to(question)
        if question.stream:
            return await self._stream(request, question, reply)
        if question.model == CUT_MODEL:
            request.protocol.force_close()
        return _json(completion(question, reply, id_=_new_id(), created=int(time.time())))

    async def _stream(
        self, request: web.Request, question: Question, reply: Reply
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        delay = _SLOW_WORD_SECONDS if question.model == SLOW_MODEL else self._delay_seconds
        events = chunks(question, reply, id_=_new_id(), created=int(time.time()))
        for number, event in enumerate(events):
            if question.model == CUT_MODEL and number > len(reply.pieces) // 2:
                request.protocol.force_close()
                return response
            await response.write(b"data: " + orjson.dumps(event) + b"\n\n")
            await asyncio.sleep(delay)
        await response.write(b"data: [DONE]\n\n")
        return response


async def serve(*, port: int, delay_seconds: float, parent_pid: int | None, out: TextIO) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent process is gone; says so when ready."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    app = make_app(delay_seconds=delay_seconds)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, port)
        await site.start()
        # What was bound, since port 0 lets the system choose.
        address, bound = runner.addresses[0][:2]
        print(f"stand-in model server on http://{address}:{bound}/v1", file=out, flush=True)
        await _until_over(ending, parent_pid)
    finally:
        await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m adapters.stand_in", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0: any free port")
    parser.add_argument("--delay-ms", type=float, default=20, help="pause after each word")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    options = parser.parse_args(arguments)
    asyncio.run(
        serve(
            port=options.port,
            delay_seconds=options.delay_ms / 1000,
            parent_pid=options.parent_pid,
            out=sys.stdout,
        )
    )


async def _until_over(ending: asyncio.Event, parent_pid: int | None) -> None:
    if parent_pid is None:
        await ending.wait()
        return
    is_child = os.getppid() == parent_pid
    while not _is_gone(parent_pid, is_child=is_child):
        # Nobody tells a process that its parent died, so it has to look.
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), _PARENT_POLL_SECONDS)
            return


def _is_gone(pid: int, *, is_child: bool) -> bool:
    """Whether the process is gone. A dead parent may linger as a zombie, but is parent no more."""
    if is_child:
        return os.getppid() != pid
    try:
        with suppress(PermissionError):
            os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return True
    return False


def _failure(model: str) -> web.Response:
    status, kind, code = _FAILURES[model]
    body = error_body(f"The model {model} always fails like this.", kind=kind, code=code)
    return _json(body, status=status, headers=_RETRY_AFTER if code == _RATE_CODE else None)


def _invalid(problem: str, param: str | None = None) -> web.Response:
    return _json(error_body(problem, kind="invalid_request_error", param=param), status=400)


def _json(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def _new_id() -> str:
    return f"chatcmpl-{uuid4().hex}"


if __name__ == "__main__":
    main()
