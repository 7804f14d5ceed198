"""Faults of connections to a model server, its silence, and the circuit breaker.

Each asserts what it leads to, and how often the server is asked.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    aclosing,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from http import HTTPStatus

import pytest
from aiohttp import web

from adapters.breaker import CircuitBreaker
from adapters.openai import open_session
from adapters.retries import RetryPolicy
from chat.error_codes import ErrorCode
from chat.model import ModelRequest, TextPiece
from tests.adapters.answers import (
    DONE,
    WHOLE,
    WHOLE_EVENTS,
    answering,
    cut,
    fail,
    in_turn,
    say_nothing,
    streaming,
    text_event,
)
from tests.adapters.conftest import Asked, ClientOf, Handler, Read, Serve


@contextmanager
def nobody_listens() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@contextmanager
def nobody_accepts() -> Iterator[str]:
    """A full backlog: the system lets further connections wait."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):
            yield f"http://127.0.0.1:{address[1]}/v1"


@contextmanager
def no_such_name() -> Iterator[str]:
    yield "http://nowhere.invalid/v1"


@pytest.mark.parametrize("place", [nobody_listens, nobody_accepts, no_such_name])
async def test_a_connection_that_does_not_come_about_is_tried_three_times(
    place: Callable[[], AbstractContextManager[str]],
    client_of: ClientOf,
    hello: ModelRequest,
    waits: list[float],
) -> None:
    with place() as base_url:
        text, error = await fail(client_of(base_url, connect_timeout_seconds=0.2), hello)
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_UNAVAILABLE, False)
    assert (error.retryable, error.retry_after_seconds) == (True, None)
    assert waits == [0.5, 1.0]


async def test_a_reset_before_any_byte_is_tried_three_times(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked, waits: list[float]
) -> None:
    text, error = await fail(client_of(await serve(cut)), hello)
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_UNAVAILABLE, False)
    assert (error.retryable, error.retry_after_seconds) == (True, None)
    assert (len(asked), waits) == (3, [0.5, 1.0])


@asynccontextmanager
async def talking(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says these bytes to whatever comes: its port, and the first lines it got."""
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(b"")
        with suppress(ValueError):
            got[-1] = await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], got


async def test_a_server_that_speaks_no_http_is_asked_once(
    client_of: ClientOf, hello: ModelRequest
) -> None:
    async with talking(b"SSH-2.0-OpenSSH_9\r\n\r\n") as (port, got):
        text, error = await fail(client_of(f"http://127.0.0.1:{port}/v1"), hello)
    assert (text, error.code, error.retryable) == ("", ErrorCode.MODEL_UNAVAILABLE, True)
    assert len(got) == 1


async def test_a_server_without_tls_where_it_should_be_is_not_worth_a_retry(
    client_of: ClientOf, hello: ModelRequest, caplog: pytest.LogCaptureFixture
) -> None:
    async with talking(b"HTTP/1.1 200 OK\r\n\r\n") as (port, got):
        text, error = await fail(client_of(f"https://127.0.0.1:{port}/v1"), hello)
    assert isinstance(error.__cause__, ssl.SSLError)
    assert (text, error.code, error.retryable) == ("", ErrorCode.MODEL_UNAVAILABLE, False)
    assert "no secure connection" in caplog.text
    assert len(got) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_neither_followed_nor_retried_and_the_key_stays_here(
    status: int, serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked
) -> None:
    reached: list[web.Request] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        reached.append(request)
        return web.Response()

    target = await serve(elsewhere)
    base_url = await serve(answering(status, Location=f"{target}/chat/completions"))
    text, error = await fail(client_of(base_url), hello)
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_UNAVAILABLE, False)
    assert (len(asked), reached) == (1, [])


async def test_silence_before_the_answer_is_a_timeout_and_not_retried(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked
) -> None:
    base_url = await serve(say_nothing)
    client = client_of(base_url, idle_timeout_seconds=0.1, connect_timeout_seconds=0.1)
    text, error = await fail(client, hello)
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_TIMEOUT, False)
    assert (error.retryable, error.retry_after_seconds) == (True, None)
    assert len(asked) == 1


def late(seconds: float, answer: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await answer(request)

    return handle


async def test_each_attempt_has_the_whole_patience_with_silence(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest, asked: Asked
) -> None:
    base_url = await serve(in_turn(late(0.4, cut), late(0.4, cut), streaming(WHOLE)))
    client = client_of(base_url, idle_timeout_seconds=0.6, connect_timeout_seconds=0.1)
    assert await read(client, hello) == WHOLE_EVENTS
    assert len(asked) == 3


async def test_the_time_in_all_goes_on_running_over_the_retries(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked
) -> None:
    base_url = await serve(in_turn(late(0.1, cut), say_nothing))
    policy = RetryPolicy(first_wait_seconds=0)
    client = client_of(base_url, total_timeout_seconds=0.4, retry_policy=policy)
    begun = asyncio.get_running_loop().time()
    _, error = await fail(client, hello)
    assert error.code is ErrorCode.MODEL_TIMEOUT
    assert asyncio.get_running_loop().time() - begun < 5
    assert len(asked) == 2


async def test_there_is_no_retry_that_would_begin_after_the_time_in_all(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked, waits: list[float]
) -> None:
    base_url = await serve(answering(503))
    _, error = await fail(client_of(base_url, total_timeout_seconds=0.4), hello)
    assert error.code is ErrorCode.MODEL_UNAVAILABLE
    assert (len(asked), waits) == (1, [])


async def test_the_queue_for_a_connection_wears_the_patience_out_but_is_not_the_servers_fault(
    serve: Serve, client_of: ClientOf, hello: ModelRequest, asked: Asked
) -> None:
    going_on = asyncio.Event()

    async def wait(_request: web.Request) -> None:
        await going_on.wait()

    breaker = CircuitBreaker(most_failures=1)
    async with open_session(most_connections=1) as narrow:
        base_url = await serve(streaming(text_event("a"), then=wait))
        first = client_of(base_url, session=narrow)
        limits = {"idle_timeout_seconds": 0.1, "connect_timeout_seconds": 0.1}
        second = client_of(base_url, session=narrow, breaker=breaker, **limits)
        async with aclosing(first.stream(hello)) as events:
            await anext(events)
            text, error = await fail(second, hello)
            going_on.set()
    assert (text, error.code, error.answered) == ("", ErrorCode.MODEL_TIMEOUT, False)
    assert len(asked) == 1
    assert breaker.blocked_seconds is None


async def test_who_stood_in_the_queue_is_answered_when_a_connection_is_free(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest, asked: Asked
) -> None:
    async with open_session(most_connections=1) as narrow:
        client = client_of(await serve(streaming(text_event("a"), DONE)), session=narrow)
        replies = await asyncio.gather(*(read(client, hello) for _ in range(5)))
    assert replies == [[TextPiece("a")]] * 5
    assert len(asked) == 5


async def test_a_circuit_that_opens_ends_the_retries_and_then_probes(
    serve: Serve,
    client_of: ClientOf,
    read: Read,
    hello: ModelRequest,
    asked: Asked,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "adapters")
    time = [1000.0]
    failing = [answering(HTTPStatus.SERVICE_UNAVAILABLE)] * 6
    base_url = await serve(in_turn(*failing, streaming(WHOLE)))
    client = client_of(base_url, breaker=CircuitBreaker(clock=lambda: time[0]))

    outcomes: list[tuple[float | None, int]] = []
    for passed in (0, 0, 10, 20):
        time[0] += passed
        _, error = await fail(client, hello)
        assert (error.code, error.retryable) == (ErrorCode.MODEL_UNAVAILABLE, True)
        outcomes.append((error.retry_after_seconds, len(asked)))
    # Three attempts; two, with which it opens; none; the probe, which is not retried.
    assert outcomes == [(None, 3), (30, 5), (20, 5), (30, 6)]

    time[0] += 30
    assert await read(client, hello) == WHOLE_EVENTS
    assert len(asked) == 7
    told = [one.levelname for one in caplog.records if one.name == "adapters.breaker"]
    assert told == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    ("answer", "opens"),
    [(cut, True), (answering(500), True), (say_nothing, True)]
    + [(answering(status), False) for status in (204, 302, 400, 401, 404, 408, 409, 429)]
    + [(streaming(b""), False), (streaming(text_event("a")), False)],
)
async def test_only_a_server_that_cannot_be_used_opens_the_circuit(
    answer: Handler, opens: bool, serve: Serve, client_of: ClientOf, hello: ModelRequest
) -> None:
    breaker = CircuitBreaker(most_failures=1)
    limits = {"idle_timeout_seconds": 0.2, "connect_timeout_seconds": 0.2}
    await fail(client_of(await serve(answer), breaker=breaker, **limits), hello)
    assert (breaker.blocked_seconds is not None) is opens


async def test_a_probe_whose_reader_goes_away_frees_its_place(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest, asked: Asked
) -> None:
    time, begun = [0.0], asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        begun.set()
        return await say_nothing(request)

    breaker = CircuitBreaker(clock=lambda: time[0], most_failures=1)
    client = client_of(await serve(in_turn(cut, hang, streaming(WHOLE))), breaker=breaker)
    await fail(client, hello)
    time[0] += 30
    reading = asyncio.create_task(read(client, hello))
    await begun.wait()
    _, error = await fail(client, hello)
    assert (error.retry_after_seconds, len(asked)) == (1, 2)
    reading.cancel()
    await asyncio.wait([reading])
    assert await read(client, hello) == WHOLE_EVENTS
