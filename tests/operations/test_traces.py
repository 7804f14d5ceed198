"""Traces of a served Parley, as a collector gets them."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from tests.conftest import StartParley
from tests.docs.pages import ROOT
from tests.operations.test_request_ids import Log, log
from tests.operations.turns import final_run
from tests.otlp import Collector, attributes, collecting, failed
from tests.scripted_model import ScriptedModel, refuse, say, say_then_wait
from tests.served import SEND, Client, Json

pytestmark = pytest.mark.one_process("reads what is sent by the process")

__all__ = ["log"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
KEY = "sk-zebra-0123456789"


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector that Parley sends to, ten times a second."""
    async with collecting() as (made, address):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield made


async def send(client: Client, traceparent: str | None = None, **fields: object) -> Json:
    """Send a message as a part of somebody's trace."""
    headers = {"Authorization": f"Bearer {client.token}"}
    if traceparent is not None:
        headers["traceparent"] = traceparent
    async with client.session.post(
        f"{client.url}/graphql",
        json={"query": SEND.replace("mutation", "mutation Ask"), "variables": {"input": fields}},
        headers=headers,
    ) as response:
        answer: Json = await response.json()
        return answer


async def test_one_trace_leads_from_the_caller_to_the_call_of_the_model(
    start_parley: StartParley, model: ScriptedModel, collector: Collector
) -> None:
    async with start_parley(traces="otlp") as parley:
        model.next(refuse(429), say("Hal", "lo", usage=(11, 7)))
        alice = await parley.client()
        sent = await send(alice, f"00-{TRACE}-{CALLER}-01", content="Hello", temperature=0.1)
        run_id = sent["data"]["sendMessage"]["run"]["id"]
    request, operation = collector.one("POST /graphql"), collector.one("mutation")
    run, call = collector.one("run"), collector.one("chat test-model")
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert request.parent_span_id.hex() == CALLER
    assert operation.parent_span_id == request.span_id
    assert run.parent_span_id == operation.span_id
    assert call.parent_span_id == run.span_id
    assert [span.kind for span in (request, operation, run, call)] == [2, 1, 1, 3]
    assert not any(failed(span) for span in collector.spans)
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "url.path": "/graphql",
        "url.scheme": "http",
    }
    assert attributes(operation) == {
        "graphql.operation.type": "mutation",
        "graphql.operation.name": "Ask",
    }
    told = attributes(run)
    assert (told["parley.run.status"], told["parley.run.tokens"]) == ("COMPLETE", 18)
    assert told["parley.run.waited"] is False
    assert run_id
    noted = attributes(call)
    assert noted.pop("gen_ai.response.time_to_first_chunk")
    assert noted == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "test-model",
        "gen_ai.request.max_tokens": 1000,
        "gen_ai.request.temperature": 0.1,
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "server.address": "127.0.0.1",
        "server.port": int(model.url.rpartition(":")[2].partition("/")[0]),
    }
    [event] = call.events
    assert event.name == "retry"
    assert attributes(event)["error.type"] == "MODEL_RATE_LIMITED"
    [resource] = collector.resources[:1]
    assert resource["service.name"] == "parley"
    assert resource["service.version"]


async def test_what_goes_wrong_is_told_by_its_code(
    start_parley: StartParley, model: ScriptedModel, collector: Collector
) -> None:
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        model.next(refuse(400, message="zebra"))
        await send(alice, content="Hello")
        await alice("{ nothing }")
    for name in ("mutation", "run", "chat test-model"):
        span = collector.one(name)
        assert failed(span)
        assert attributes(span)["error.type"] == "MODEL_REJECTED"
    worked, refused = collector.all("POST /graphql")
    assert not failed(worked)
    assert not failed(refused)
    assert [attributes(event)["error.type"] for event in refused.events] == ["BAD_USER_INPUT"]


async def test_a_run_that_waited_is_linked_to_the_request_that_asked_for_it(
    start_parley: StartParley, model: ScriptedModel, collector: Collector
) -> None:
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        gate = asyncio.Event()
        model.next(say_then_wait("Hal", gate=gate))
        first = (await send(alice, content="One", wait=False))["data"]["sendMessage"]
        conversation = first["conversation"]["id"]
        asked = {"conversationId": conversation, "content": "Two", "onBusy": "ENQUEUE"}
        second = await send(alice, f"00-{TRACE}-{CALLER}-01", wait=False, **asked)
        gate.set()
        await final_run(alice, second["data"]["sendMessage"]["run"]["id"])
    [request] = [one for one in collector.all("POST /graphql") if one.trace_id.hex() == TRACE]
    run, waited = collector.all("run")
    assert not run.links
    [link] = waited.links
    assert (link.trace_id, link.span_id) == (request.trace_id, request.span_id)
    assert waited.trace_id not in (run.trace_id, request.trace_id)
    assert waited.parent_span_id == b""
    assert attributes(waited)["parley.run.waited"] is True
    assert waited.start_time_unix_nano <= run.end_time_unix_nano
    [_, call] = collector.all("chat test-model")
    assert call.parent_span_id == waited.span_id


async def test_each_operation_of_a_socket_has_a_trace_of_its_own(
    start_parley: StartParley, collector: Collector
) -> None:
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        async with alice.socket() as socket:
            for id_ in ("1", "2"):
                payload = {"query": SEND, "variables": {"input": {"content": "Hello"}}}
                await socket.raw.send_json({"id": id_, "type": "subscribe", "payload": payload})
            for _ in range(4):
                await socket.message()
    asked = collector.all("SUBSCRIBE /graphql")
    assert len({span.trace_id for span in asked}) == 2
    for span in asked:
        assert (span.kind, span.parent_span_id) == (2, b"")
        assert attributes(span) == {"network.protocol.name": "websocket", "url.path": "/graphql"}
        names = {one.name for one in collector.spans if one.trace_id == span.trace_id}
        assert names == {"SUBSCRIBE /graphql", "mutation", "run", "chat test-model"}


async def test_a_subscription_is_traced_to_its_end(
    start_parley: StartParley, collector: Collector
) -> None:
    follow = "subscription ($id: ID!) { newMessages(conversationId: $id, afterIndex: -1) { id } }"
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        conversation = (await alice.send(None, "Hello"))["conversation"]["id"]
        async with alice.events(follow, id=conversation) as events:
            await events.next()
        await collector.until("subscription")
    span = collector.one("subscription")
    [request] = [
        one for one in collector.all("POST /graphql") if one.span_id == span.parent_span_id
    ]
    assert attributes(request)["http.response.status_code"] == 200


async def test_nothing_of_people_models_and_keys_is_in_a_trace(
    start_parley: StartParley, model: ScriptedModel, collector: Collector
) -> None:
    async with start_parley(traces="otlp", openai_api_key=KEY, redact_pii="OFF") as parley:
        alice = await parley.client(name="Zebra")
        model.next(say("zebra", finish="zebra"), refuse(401, message=f"zebra {KEY}", code="zebra"))
        await alice.conversation(name="zebra", systemPrompt="zebra")
        await alice.send(None, "zebra zebra@example.org")
        await alice.try_send(None, "zebra", idempotencyKey="zebra")
        await alice('query { searchMessages(query: "zebra") { totalCount } }')
        await alice(f"query {alice.token.replace('-', '_')} {{ viewer {{ name }} }}")
        async with parley.session.get(
            f"{alice.url}/graphql?query={{zebra}}",
            headers={"X-Request-Id": f"zebra {alice.token}", "traceparent": "zebra"},
        ):
            pass
    assert len(collector.all("chat test-model")) == 2
    said = collector.bytes.lower()
    for secret in ("zebra", KEY, alice.token, alice.token.replace("-", "_"), "127.0.0.1:"):
        assert secret.lower().encode() not in said, secret


async def test_lines_of_the_log_name_their_trace(
    start_parley: StartParley, model: ScriptedModel, collector: Collector, log: Log
) -> None:
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        model.next(refuse(401))
        await send(alice, f"00-{TRACE}-{CALLER}-01", content="Hello")
    told = [line for line in log.lines if line.get("request_id")]
    assert len(told) == 2
    assert {line["trace_id"] for line in told} == {TRACE}
    assert collector.spans


async def test_a_collector_that_is_away_is_told_of_once_and_holds_up_nobody(
    start_parley: StartParley, collector: Collector, log: Log
) -> None:
    collector.status = 500
    begun = time.monotonic()
    async with start_parley(traces="otlp") as parley:
        alice = await parley.client()
        for _ in range(3):
            await alice.send(None, "Hello")
            await log.until("traces are not delivered, and are dropped")
        collector.status = 200
        while not collector.spans:
            await alice("{ viewer { name } }")
        await log.until("traces are delivered again")
    assert time.monotonic() - begun < 30
    told = [line["event"] for line in log.lines if line["logger"] == "adapters.quiet_exporter"]
    assert told == ["traces are not delivered, and are dropped", "traces are delivered again"]


OFF = """
import asyncio, sys
from command_start import bring_up_to_date
from main import create_app
from settings import Settings

async def serve():
    settings = Settings()
    await bring_up_to_date(settings)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        pass

asyncio.run(serve())
print([name for name in sys.modules if name.startswith(UNWANTED)])
"""
# FastAPI imports OpenTelemetry's interface, redis-py that of its metrics where it is installed.
UNWANTED = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto", "requests")
WITHOUT = """
import sys
sys.modules["opentelemetry.sdk"] = None
from command_line import cli
cli()
"""


def python(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program that has Parley's modules."""
    return subprocess.run(  # noqa: S603  our own programs
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_traces_are_off_nothing_that_makes_them_is_even_imported() -> None:
    ran = python(OFF.replace("UNWANTED", repr(UNWANTED)))
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


async def test_where_traces_are_off_nothing_is_sent_by_the_framework_either(
    start_parley: StartParley, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    async with start_parley() as parley:
        await (await parley.client()).send(None, "Hello")
        async with parley.session.get(f"{parley.url}/healthz") as response:
            assert response.status == 200
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)
    assert collector.bytes == b""


def test_a_start_without_the_packages_is_refused_with_one_line_that_names_them() -> None:
    ran = python(WITHOUT, "serve", PARLEY_TRACES="otlp")
    assert ran.returncode == 1
    assert ran.stderr == (
        "parley: PARLEY_TRACES: otlp needs packages that are not installed: "
        "pip install 'parley[otel]'\n"
    )
