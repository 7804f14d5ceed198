"""Requests that meet a fault of ours before anything runs."""

from types import SimpleNamespace
from typing import cast

import orjson
import pytest
import structlog

from chat.application import Application
from chat.metrics import NO_METRICS
from chat.tracing import NullSpan
from web.asgi import Message
from web.counts import OpenCounts
from web.http.exchange import Exchange
from web.limits import EdgeLimits
from web.operations import Operations
from web.shared_timeout import SharedTimeout

ACCEPTS = [b"application/json", b"application/graphql-response+json", b"text/event-stream"]


class Broken:
    """Accounts with a fault."""

    def __init__(self, error: Exception) -> None:
        """`error` is raised."""
        self._error = error

    async def authenticate(self, _secret: str | None) -> object:
        """Fail."""
        raise self._error


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("error", [RuntimeError("secret"), OSError("secret")])
async def test_a_fault_of_ours_is_told_as_an_error_with_its_request_and_not_quoted(
    error: Exception, accept: bytes
) -> None:
    answer: list[Message] = []

    async def send(message: Message) -> None:
        answer.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    exchange = Exchange(
        application=cast(
            "Application", SimpleNamespace(accounts=Broken(error), metrics=NO_METRICS)
        ),
        operations=cast("Operations", None),
        counts=OpenCounts(1),
        limits=EdgeLimits(),
        body_timeout=SharedTimeout(1),
        scope={"method": "POST", "headers": [(b"accept", accept)], "query_string": b""},
        headers={b"accept": accept},
        receive=receive,
        send=send,
        request_id="r1",
        span=NullSpan(),
    )
    with structlog.testing.capture_logs() as log:
        await exchange.serve()
    [shown] = orjson.loads(answer[1]["body"])["errors"]
    assert answer[0]["status"] == 503
    assert shown["extensions"]["code"] == "INTERNAL"
    assert shown["extensions"]["requestId"] == exchange.request_id
    assert b"secret" not in answer[1]["body"]
    assert [entry["exc_info"] for entry in log if entry["log_level"] == "error"] == [error]
