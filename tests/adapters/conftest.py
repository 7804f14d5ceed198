"""What tests of the model client share: a session, requests that are recorded, real servers."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aioresponses import CallbackResult, aioresponses
from aioresponses import core as aioresponses_core

from adapters.openai import OpenAIClient, open_session
from chat.model import ModelEvent, ModelRequest, PromptMessage, TextPiece

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]
Read = Callable[[OpenAIClient, ModelRequest], Coroutine[None, None, list[ModelEvent]]]

ClientOf = Callable[..., OpenAIClient]
Asked = list[web.Request]

KEY = "sk-very-secret"


class _Response(aiohttp.ClientResponse):
    """aiohttp 3.14 asks for a stream_writer that aioresponses 0.7.9 does not give."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"stream_writer": Mock(output_size=0), **kwargs})


setattr(aioresponses_core, "ClientResponse", _Response)  # noqa: B010  it exports no such name


@dataclass(frozen=True)
class Sent:
    """A request as it would have gone out."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    options: dict[str, Any]


@dataclass
class Recorder:
    """Answers requests from a list (then with a short reply) and keeps what was asked."""

    answers: list[tuple[int, dict[str, Any]]] = field(
        default_factory=list[tuple[int, dict[str, Any]]]
    )
    sent: list[Sent] = field(default_factory=list[Sent])

    def refuse(self, message: str = "", *, status: int = 400, **error: object) -> None:
        self.answers.append((status, {"error": {"message": message, **error}}))

    def answer(self, url: object, **options: Any) -> CallbackResult:
        body = json.loads(options["data"].read())
        self.sent.append(Sent(str(url), options["headers"], body, options))
        whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
        status, payload = self.answers.pop(0) if self.answers else (200, whole)
        return CallbackResult(status=status, payload=payload)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    found = Recorder()
    with aioresponses() as requests:
        requests.post(re.compile(".*"), callback=found.answer, repeat=True)  # pyright: ignore[reportUnknownMemberType]
        yield found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def asked() -> Asked:
    """Every request that a server of `serve` has seen."""
    return []


@pytest.fixture
def waits() -> list[float]:
    """The waits before retries, of clients that `client_of` made; nobody really waits."""
    return []


@pytest.fixture
async def serve(asked: Asked) -> AsyncIterator[Serve]:
    """Start a real server whose POST /v1/chat/completions is the handler; gives the base URL."""
    servers: list[TestServer] = []

    async def start(handler: Handler) -> str:
        async def handle(request: web.Request) -> web.StreamResponse:
            asked.append(request)
            return await handler(request)

        app = web.Application()
        app.router.add_post("/v1/chat/completions", handle)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("/v1"))

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
def client_of(session: aiohttp.ClientSession, waits: list[float]) -> ClientOf:
    """A client of the server at the base URL, with a key and with the limits that are given.

    It retries as ever, but only notes how long it would wait, and has no luck in its jitter.
    """

    async def note(seconds: float) -> None:
        waits.append(seconds)

    def make(base_url: str, **limits: Any) -> OpenAIClient:
        values = {"session": session, "sleep": note, "jitter": lambda: 0.0, **limits}
        return OpenAIClient(base_url=base_url, api_key=KEY, **values)

    return make


@pytest.fixture
def hello() -> ModelRequest:
    return ModelRequest(
        model="a-model",
        messages=(PromptMessage("system", "Be brief."), PromptMessage("user", "Hello")),
        temperature=0.7,
        max_tokens=1000,
    )


@pytest.fixture
def read() -> Read:
    """All events of a reply, with its text joined to one piece."""

    async def read_all(client: OpenAIClient, request: ModelRequest) -> list[ModelEvent]:
        events = [event async for event in client.stream(request)]
        pieces = [event.text for event in events if isinstance(event, TextPiece)]
        rest = [event for event in events if not isinstance(event, TextPiece)]
        return [TextPiece("".join(pieces)), *rest]

    return read_all
