"""Refusals of a model server: what each leads to, and how often the server is asked.

`test_model_fault_connections` has the faults of connections, `test_model_fault_replies` those of
replies. Nobody waits here between attempts: `waits` has how long it would have been.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters import model_errors
from chat.error_codes import CATALOGUE, ErrorCode
from chat.model import ModelRequest
from tests.adapters.answers import (
    WHOLE,
    WHOLE_EVENTS,
    answering,
    cut,
    fail,
    in_turn,
    streaming,
)
from tests.adapters.conftest import Asked, ClientOf, Handler, Read, Serve

TOO_LONG = {"error": {"code": "context_length_exceeded"}}
QUOTA = {"error": {"code": "insufficient_quota"}}


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable", "sentence"),
    [
        (400, "", ErrorCode.MODEL_REJECTED, False, None),
        (400, TOO_LONG, ErrorCode.MODEL_REJECTED, False, model_errors.TOO_LONG),
        (404, "", ErrorCode.MODEL_REJECTED, False, None),
        (422, "", ErrorCode.MODEL_REJECTED, False, None),
        (401, "", ErrorCode.MODEL_AUTHENTICATION, False, None),
        (403, "", ErrorCode.MODEL_AUTHENTICATION, False, None),
        (429, QUOTA, ErrorCode.MODEL_RATE_LIMITED, False, model_errors.QUOTA_USED_UP),
        (204, "", ErrorCode.MODEL_UNAVAILABLE, True, None),
    ],
)
async def test_what_will_not_change_fails_at_once(
    status: int,
    body: object,
    code: ErrorCode,
    retryable: bool,
    sentence: str | None,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
    asked: Asked,
) -> None:
    text, error = await fail(client_of(await serve(answering(status, body))), hello)
    assert (text, error.code, error.retryable, error.answered) == ("", code, retryable, False)
    assert error.retry_after_seconds is None
    assert str(error) == (sentence or CATALOGUE[code].sentence)
    assert len(asked) == 1


RETRIED = {
    408: ErrorCode.MODEL_TIMEOUT,
    409: ErrorCode.MODEL_UNAVAILABLE,
    429: ErrorCode.MODEL_RATE_LIMITED,
    500: ErrorCode.MODEL_UNAVAILABLE,
    502: ErrorCode.MODEL_UNAVAILABLE,
    503: ErrorCode.MODEL_UNAVAILABLE,
    504: ErrorCode.MODEL_UNAVAILABLE,
    529: ErrorCode.MODEL_UNAVAILABLE,
}


@pytest.mark.parametrize(("status", "code"), RETRIED.items())
async def test_what_may_pass_by_itself_is_tried_three_times(
    status: int,
    code: ErrorCode,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
    asked: Asked,
    waits: list[float],
) -> None:
    text, error = await fail(client_of(await serve(answering(status))), hello)
    assert (text, error.code, error.retryable, error.answered) == ("", code, True, False)
    assert error.retry_after_seconds is None
    assert (len(asked), waits) == (3, [0.5, 1.0])


@pytest.mark.parametrize("first", [*map(answering, RETRIED), cut])
async def test_what_passed_by_itself_is_not_noticed(
    first: Handler,
    serve: Serve,
    client_of: ClientOf,
    read: Read,
    hello: ModelRequest,
    asked: Asked,
    waits: list[float],
) -> None:
    base_url = await serve(in_turn(first, first, streaming(WHOLE)))
    assert await read(client_of(base_url), hello) == WHOLE_EVENTS
    assert (len(asked), waits) == (3, [0.5, 1.0])


def rate_limit(name: str, value: str) -> Handler:
    return answering(429, **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "wait"),
    [("retry-after-ms", "1500", 1.5), ("Retry-After", "2", 2.0), ("Retry-After", "0", 0.5)],
)
async def test_the_wait_that_the_server_asks_for_is_kept(
    name: str,
    value: str,
    wait: float,
    serve: Serve,
    client_of: ClientOf,
    read: Read,
    hello: ModelRequest,
    waits: list[float],
) -> None:
    base_url = await serve(in_turn(rate_limit(name, value), streaming(WHOLE)))
    assert await read(client_of(base_url), hello) == WHOLE_EVENTS
    assert waits == [wait]


async def test_the_wait_may_be_asked_for_as_a_date(
    serve: Serve, client_of: ClientOf, read: Read, hello: ModelRequest, waits: list[float]
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    base_url = await serve(in_turn(rate_limit("Retry-After", date), streaming(WHOLE)))
    assert await read(client_of(base_url), hello) == WHOLE_EVENTS
    assert 1 < waits[0] <= 8


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked_for", "requests"), [("11", 1), ("7", 2), ("3600", 1)])
async def test_a_longer_wait_than_the_budget_has_left_is_passed_on(
    status: int,
    asked_for: str,
    requests: int,
    serve: Serve,
    client_of: ClientOf,
    hello: ModelRequest,
    asked: Asked,
) -> None:
    base_url = await serve(answering(status, Retry_After=asked_for))
    _, error = await fail(client_of(base_url), hello)
    assert (error.code, error.retryable) == (RETRIED[status], True)
    assert error.retry_after_seconds == int(asked_for)
    assert len(asked) == requests
