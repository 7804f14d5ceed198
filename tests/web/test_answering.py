"""What is written for an answer, write by write; bytes are those that uvicorn alone would write."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from tests.web.test_joined_writes import Recorder
from web.answering import Answering
from web.asgi import Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
LENGTH = (b"content-length", b"2")
OK = (b"x-a", b"b")


class Connection(Recorder):
    """A transport without a buffer of its own."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is kept."""


class Cycle:
    """A request, and what was written to answer it."""

    def __init__(self, kind: type[RequestResponseCycle], method: str, keep_alive: bool) -> None:
        """Nothing was written yet."""
        self.connection = Connection()
        self.flow = FlowControl(self.connection)
        self.completed = 0
        self.made = kind(
            scope=cast("HTTPScope", {"method": method}),
            transport=self.connection,
            flow=self.flow,
            logger=logging.getLogger("tests.answering"),
            access_logger=logging.getLogger("tests.answering"),
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._complete,
        )

    def _complete(self) -> None:
        self.completed += 1


async def answered(
    application: Application,
    *,
    kind: type[RequestResponseCycle] = Answering,
    method: str = "POST",
    keep_alive: bool = True,
) -> Cycle:
    """A request that an application has answered."""
    cycle = Cycle(kind, method, keep_alive)
    await cycle.made.run_asgi(application)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    return cycle


def saying(
    *headers: tuple[bytes, bytes], pieces: tuple[bytes, ...], status: int = 200
) -> Application:
    """An application that says this."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for at, piece in enumerate(pieces, 1):
            more = at < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return application


async def test_a_whole_answer_is_one_write() -> None:
    cycle = await answered(saying(OK, LENGTH, pieces=(b"ok",)))
    head = b"HTTP/1.1 200 OK\r\ndate: today\r\nx-a: b\r\ncontent-length: 2\r\n\r\n"
    assert cycle.connection.writes == [head + b"ok"]
    assert (cycle.completed, cycle.made.response_complete) == (1, True)


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("method", ["POST", "HEAD"])
@pytest.mark.parametrize(
    "application",
    [
        saying(LENGTH, pieces=(b"ok",)),
        saying((b"Content-Length", b"2"), (b"X-A", b"b"), pieces=(b"ok",)),
        saying(LENGTH, pieces=(b"o", b"k")),
        saying(pieces=(b"ok", b"ay")),
        saying((b"content-length", b"0"), pieces=(b"",), status=204),
        saying(LENGTH, (b"connection", b"close"), pieces=(b"ok",)),
        saying((b"transfer-encoding", b"chunked"), pieces=(b"ok",)),
        saying((b"content-length", b"100000"), pieces=(b"x" * 100_000,)),
        saying(LENGTH, pieces=(b"longer",)),
        saying(LENGTH, pieces=(b"",)),
        saying(LENGTH, (b"x-a", b"b\r\n"), pieces=(b"ok",)),
        saying(LENGTH, (b"x a", b"b"), pieces=(b"ok",)),
    ],
)
async def test_it_says_what_uvicorn_says(
    application: Application, method: str, keep_alive: bool
) -> None:
    ours, theirs = [
        await answered(application, kind=kind, method=method, keep_alive=keep_alive)
        for kind in (Answering, RequestResponseCycle)
    ]
    assert b"".join(ours.connection.writes) == b"".join(theirs.connection.writes)
    assert ours.connection.is_closing() == theirs.connection.is_closing()
    assert ours.completed == theirs.completed


async def test_before_a_body_nothing_is_promised() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
        assert cycle.made.response_started is False
        raise ZeroDivisionError

    cycle = Cycle(Answering, "POST", keep_alive=True)
    await cycle.made.run_asgi(failing)  # type: ignore[arg-type]
    assert b"".join(cycle.connection.writes).startswith(b"HTTP/1.1 500 ")


async def test_nothing_is_written_to_a_client_that_has_gone() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
        cycle.made.disconnected = True
        await send({"type": "http.response.body", "body": b"ok"})

    cycle = Cycle(Answering, "POST", keep_alive=True)
    await cycle.made.run_asgi(late)  # type: ignore[arg-type]
    assert cycle.connection.writes == []


async def test_an_answer_waits_for_a_client_that_does_not_read() -> None:
    cycle = Cycle(Answering, "POST", keep_alive=True)
    cycle.flow.pause_writing()
    answering = asyncio.create_task(
        cycle.made.run_asgi(saying(LENGTH, pieces=(b"ok",)))  # type: ignore[arg-type]
    )
    await asyncio.sleep(0)
    assert cycle.connection.writes == []
    cycle.flow.resume_writing()
    await answering
    assert cycle.connection.writes[-1].endswith(b"ok")
