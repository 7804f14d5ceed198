"""What is measured and traced of calls of the model; the calls themselves stay as they are."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from adapters.observed_model import ObservedModel, RetryWatch
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.metrics import ModelCall
from chat.model import Finished, ModelEvent, ModelRequest, TextPiece, UsageReport
from chat.tracing import SpanKind
from tests.adapters.conftest import ClientOf, Serve
from tests.chat.fake_observers import RecordingMetrics, RecordingTracing
from tests.chat.fakes import ScriptedClient, Step


@dataclass
class Watched:
    """A scripted model, and what is told of its calls; each look at the clock takes a second."""

    base_url: str = "https://api.openai.com/v1"
    client: ScriptedClient = field(default_factory=ScriptedClient)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    tracing: RecordingTracing = field(default_factory=RecordingTracing)
    _time: float = 0

    def __post_init__(self) -> None:
        """Put it together."""
        self.model = ObservedModel(
            self.client,
            base_url=self.base_url,
            metrics=self.metrics,
            tracing=self.tracing,
            clock=self._tick,
        )

    def _tick(self) -> float:
        self._time += 1
        return self._time

    async def read(self, request: ModelRequest, *steps: Step) -> list[ModelEvent]:
        """The reply to a request."""
        self.client.plays(*steps)
        return [event async for event in self.model.stream(request)]


async def test_a_call_is_timed_and_its_span_has_the_names_of_the_conventions(
    hello: ModelRequest,
) -> None:
    watched = Watched()
    said: list[ModelEvent] = [
        TextPiece("Hal"),
        TextPiece("lo"),
        Finished("stop"),
        UsageReport(11, 7),
    ]
    assert await watched.read(hello, *said) == said
    assert watched.client.requests == [hello]
    assert watched.metrics.calls == [ModelCall("a-model", 2, 1)]
    [span] = watched.tracing.spans
    assert (span.name, span.kind, span.error) == ("chat a-model", SpanKind.CLIENT, None)
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "a-model",
        "gen_ai.request.max_tokens": 1000,
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 1,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "server.address": "api.openai.com",
        "server.port": 443,
    }


@pytest.mark.parametrize(
    ("base_url", "provider", "address", "port"),
    [
        ("http://127.0.0.1:11434/v1", "openai", "127.0.0.1", 11434),
        (
            "https://me.openai.azure.com/openai/v1?x=1",
            "azure.ai.openai",
            "me.openai.azure.com",
            443,
        ),
        ("http://user:secret@models/v1", "openai", "models", 80),
    ],
)
async def test_the_server_is_named_by_its_host_and_nothing_else_of_its_address(
    base_url: str, provider: str, address: str, port: int, hello: ModelRequest
) -> None:
    watched = Watched(base_url)
    await watched.read(hello, TextPiece("Hi"))
    attributes = watched.tracing.spans[0].attributes
    assert attributes["gen_ai.provider.name"] == provider
    assert (attributes["server.address"], attributes["server.port"]) == (address, port)
    assert "secret" not in str(attributes)


async def test_a_reason_that_nobody_knows_is_text_of_the_servers(hello: ModelRequest) -> None:
    watched = Watched()
    await watched.read(hello, TextPiece("Hi"), Finished("what Alice wrote"))
    reasons = watched.tracing.spans[0].attributes["gen_ai.response.finish_reasons"]
    assert reasons == ["other"]


@pytest.mark.parametrize(
    ("error", "code", "error_type"),
    [
        (ModelError(ErrorCode.MODEL_TIMEOUT), ErrorCode.MODEL_TIMEOUT, "MODEL_TIMEOUT"),
        (RuntimeError("what Alice wrote"), ErrorCode.INTERNAL, "RuntimeError"),
    ],
)
async def test_an_error_is_told_by_its_code_and_raised(
    error: Exception, code: ErrorCode, error_type: str, hello: ModelRequest
) -> None:
    watched = Watched()
    with pytest.raises(type(error)) as caught:
        await watched.read(hello, error)
    assert caught.value is error
    assert [call.code for call in watched.metrics.calls] == [code]
    assert watched.tracing.spans[0].error == error_type


async def test_a_reply_that_nobody_reads_any_more_is_closed_and_counts_as_no_error(
    hello: ModelRequest,
) -> None:
    watched = Watched()
    watched.client.plays(TextPiece("Hal"), TextPiece("lo"))
    async with aclosing(watched.model.stream(hello)) as events:
        assert await anext(events) == TextPiece("Hal")
    assert watched.client.closed == 1
    assert watched.metrics.calls == [ModelCall("a-model", 2, 1)]
    assert (watched.tracing.spans[0].error, watched.tracing.spans[0].ended) == (None, True)


async def test_tries_that_are_followed_by_others_are_counted_and_noted_in_the_span(
    serve: Serve, client_of: ClientOf, waits: list[float], hello: ModelRequest
) -> None:
    answers: list[Callable[[], web.Response]] = [
        lambda: web.Response(status=429),
        lambda: web.Response(status=500),
        lambda: web.json_response({"choices": [{"message": {"content": "Hi"}}]}),
    ]

    async def handler(_: web.Request) -> web.StreamResponse:
        return answers.pop(0)()

    watched = Watched()
    watch = RetryWatch(watched.metrics, watched.tracing)
    client = client_of(await serve(handler), retried=watch.retried)
    model = ObservedModel(
        client, base_url="http://x", metrics=watched.metrics, tracing=watched.tracing
    )
    reply: AsyncGenerator[ModelEvent] = model.stream(hello)
    assert [event async for event in reply] == [TextPiece("Hi")]
    codes = [ErrorCode.MODEL_RATE_LIMITED, ErrorCode.MODEL_UNAVAILABLE]
    assert watched.metrics.retries == codes
    assert len(watched.metrics.calls) == 1
    assert watched.tracing.spans[0].events == [
        ("retry", {"error.type": code.value, "parley.wait_seconds": wait})
        for code, wait in zip(codes, waits, strict=True)
    ]
