"""/metrics while the database is away."""

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette

from chat.errors import StoreUnavailableError
from chat.metrics import Exposition, NullMetrics
from web.asgi import Message
from web.metrics import metrics_route


class Away:
    """Accounts whose store does not answer."""

    async def authenticate(self, _secret: str | None) -> object:
        """Fail."""
        raise StoreUnavailableError


class Measured(NullMetrics):
    """Something was measured."""

    def exposition(self, accept: str) -> Exposition:
        """It, and what was accepted."""
        return Exposition(f"shown as {accept}".encode(), "text/plain; version=0.0.4")


async def asked(*, token: str | None, secret: str) -> tuple[int, bytes, dict[bytes, bytes]]:
    """The status, the body and the headers of /metrics, read with a secret."""
    sampled: list[int] = []
    sampling = SimpleNamespace(sample=lambda: sampled.append(1))
    app = Starlette(routes=[metrics_route(token)])
    app.state.application = SimpleNamespace(accounts=Away(), sampling=sampling, metrics=Measured())
    answer: list[Message] = []

    async def send(message: Message) -> None:
        answer.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"authorization", f"Bearer {secret}".encode()), (b"accept", b"text/plain")]
    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": headers,
             "query_string": b""}  # fmt: skip
    await app(scope, receive, send)
    assert len(sampled) == (answer[0]["status"] == 200)
    return answer[0]["status"], answer[1]["body"], dict(answer[0]["headers"])


async def test_the_token_of_the_settings_is_good_without_the_database() -> None:
    status, body, headers = await asked(token="good", secret="good")
    assert (status, body) == (200, b"shown as text/plain")
    assert headers[b"content-type"] == b"text/plain; version=0.0.4"


@pytest.mark.parametrize("token", [None, "good"])
async def test_whether_another_one_is_an_admins_cannot_be_said(token: str | None) -> None:
    status, body, _ = await asked(token=token, secret="parley_admin")
    assert status == 503
    assert b"shown" not in body
