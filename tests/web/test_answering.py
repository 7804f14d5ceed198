"""What is taken and written past messages, and that it is what uvicorn would have told and said."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

import pytest
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from tests.web.test_joined_writes import Recorder
from web.answering import Answering, request_behind
from web.asgi import Message, Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
LENGTH = (b"content-length", b"2")
OK = (b"x-a", b"b")


class Connection(Recorder):
    """A transport without a buffer of its own."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is kept."""


Kind_co = TypeVar("Kind_co", bound=RequestResponseCycle, covariant=True)


class Cycle(Generic[Kind_co]):
    """A request, and what was written to answer it."""

    def __init__(self, kind: type[Kind_co], method: str, keep_alive: bool) -> None:
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
) -> Cycle[RequestResponseCycle]:
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


def at_once(head: bytes, body: bytes) -> Application:
    """An application that answers without messages, and finds the request behind `send`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = request_behind(send)
        assert request is request_behind(receive)
        assert request is not None
        assert request.answer(head, body)

    return application


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_an_answer_at_once_is_one_write_of_what_uvicorn_writes(keep_alive: bool) -> None:
    ours = await answered(at_once(b"x-a: b\r\ncontent-length: 2\r\n", b"ok"), keep_alive=keep_alive)
    application = saying(OK, LENGTH, pieces=(b"ok",))
    theirs = await answered(application, kind=RequestResponseCycle, keep_alive=keep_alive)
    assert ours.connection.writes == [b"".join(theirs.connection.writes)]
    assert ours.connection.is_closing() == theirs.connection.is_closing() == (not keep_alive)
    assert (ours.completed, ours.made.response_complete) == (1, True)


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


async def test_an_answer_by_messages_begins_with_one_write() -> None:
    cycle = await answered(saying(OK, LENGTH, pieces=(b"ok",)))
    assert len(cycle.connection.writes) == 1


def _gone(cycle: Cycle[RequestResponseCycle]) -> None:
    cycle.made.disconnected = True


def _paused(cycle: Cycle[RequestResponseCycle]) -> None:
    cycle.flow.pause_writing()


def _begun(cycle: Cycle[RequestResponseCycle]) -> None:
    cycle.made.response_started = True


def _logged(cycle: Cycle[RequestResponseCycle]) -> None:
    cycle.made.access_log = True


@pytest.mark.parametrize("unusual", [_gone, _paused, _begun, _logged])
async def test_what_is_unusual_is_not_answered_at_once(
    unusual: Callable[[Cycle[RequestResponseCycle]], None],
) -> None:
    cycle = Cycle(Answering, "POST", keep_alive=True)
    unusual(cycle)
    assert not cycle.made.answer(b"content-length: 2\r\n", b"ok")
    assert cycle.connection.writes == []
    assert cycle.completed == 0


@pytest.mark.parametrize(("method", "size"), [("HEAD", 2), ("POST", 100_000)])
async def test_nor_is_what_has_no_body_or_a_long_one(method: str, size: int) -> None:
    cycle = Cycle(Answering, method, keep_alive=True)
    assert not cycle.made.answer(b"content-length: %d\r\n" % size, b"x" * size)
    assert cycle.connection.writes == []


async def test_a_body_is_taken_when_it_is_whole() -> None:
    cycle = Cycle(Answering, "POST", keep_alive=True)
    cycle.made.body += b"one "
    assert cycle.made.take_body() is None
    cycle.made.body += b"two"
    cycle.made.more_body = False
    assert cycle.made.take_body() == b"one two"


async def test_no_body_is_taken_of_who_waits_for_leave_or_has_gone() -> None:
    waiting, gone = [Cycle(Answering, "POST", keep_alive=True) for _ in range(2)]
    waiting.made.more_body = gone.made.more_body = False
    waiting.made.waiting_for_100_continue = gone.made.disconnected = True
    assert waiting.made.take_body() is None
    assert gone.made.take_body() is None


async def test_after_its_body_was_taken_a_client_can_be_waited_for() -> None:
    cycle = Cycle(Answering, "POST", keep_alive=True)
    cycle.made.more_body = False
    cycle.made.message_event.set()
    assert cycle.made.take_body() == b""
    leaving = asyncio.create_task(cycle.made.receive())
    await asyncio.sleep(0)
    assert not leaving.done()
    _gone(cycle)
    cycle.made.message_event.set()
    assert (await leaving)["type"] == "http.disconnect"


async def test_behind_what_stands_in_between_there_is_no_request() -> None:
    cycle = Cycle(Answering, "POST", keep_alive=True)

    async def send(message: Message) -> None:
        await cycle.made.send(message)  # type: ignore[arg-type]

    assert request_behind(send) is None
    assert request_behind(asyncio.Queue[Message]().put) is None
