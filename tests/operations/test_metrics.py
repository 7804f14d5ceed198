"""/metrics over HTTP: who may read it, and that what people do is counted there."""

import asyncio
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat.records import UserRole
from tests.conftest import StartParley
from tests.operations.turns import final_run
from tests.scripted_model import ScriptedModel, refuse, say, say_then_wait
from tests.served import Client, Served

pytestmark = pytest.mark.one_process("each process counts for itself")

TOKEN = "a-token-of-the-settings"
Shown = Mapping[tuple[str, str], float]


async def read(parley: Served, token: str | None = TOKEN) -> tuple[int, str]:
    """The status and the body of /metrics."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with parley.session.get(f"{parley.url}/metrics", headers=headers) as response:
        if response.status == 401:
            assert response.headers["WWW-Authenticate"] == "Bearer"
        return response.status, await response.text()


async def shown(parley: Served) -> Shown:
    """What was measured: names and labels, and their values."""
    status, body = await read(parley)
    assert status == 200
    return {
        (one.name, ",".join(f"{label}={value}" for label, value in sorted(one.labels.items()))): (
            one.value
        )
        for family in text_string_to_metric_families(body)
        for one in family.samples
    }


async def test_who_may_read_what_was_measured(start_parley: StartParley) -> None:
    async with start_parley(metrics_token=TOKEN) as parley:
        member = await parley.client()
        admin = await parley.client(role=UserRole.ADMIN)
        for good in (TOKEN, admin.token):
            assert (await read(parley, good))[0] == 200
        for token in (None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", member.token, "ä"):
            status, body = await read(parley, token)
            assert (status, "parley_" in body) == (401, False)


async def test_without_a_token_in_the_settings_only_admins_may(parley: Served) -> None:
    admin = await parley.client(role=UserRole.ADMIN)
    assert (await read(parley, admin.token))[0] == 200
    for token in (None, "", "None", TOKEN):
        assert (await read(parley, token))[0] == 401


async def test_what_people_do_is_counted(start_parley: StartParley, model: ScriptedModel) -> None:
    async with start_parley(metrics_token=TOKEN) as parley:
        alice = await parley.client()
        model.next(say("Hal", "lo", usage=(11, 7)), refuse(400), refuse(429), say("Hi"))
        await alice.send(None, "Hello")
        await alice.try_send(None, "Hello")
        await alice.try_send(None, "Hello")
        await alice("{ nothing }")
        await Client(alice.url, alice.session, "parley_wrong", alice.user)("{ viewer { name } }")
        found = await shown(parley)
    http = "transport=http"
    assert found["parley_operations_total", f"code=,kind=mutation,{http}"] == 2
    assert found["parley_operations_total", f"code=MODEL_REJECTED,kind=mutation,{http}"] == 1
    assert found["parley_operations_total", f"code=BAD_USER_INPUT,kind=none,{http}"] == 1
    assert found["parley_operations_total", f"code=UNAUTHENTICATED,kind=none,{http}"] == 1
    assert found["parley_operation_seconds_count", f"kind=mutation,{http}"] == 3
    assert found["parley_runs_ended_total", "code=,status=COMPLETE"] == 2
    assert found["parley_runs_ended_total", "code=MODEL_REJECTED,status=FAILED"] == 1
    assert found["parley_run_first_token_seconds_count", ""] == 2
    assert found["parley_tokens_total", "kind=prompt,model=test-model,source=provider"] == 22
    assert found["parley_tokens_total", "kind=completion,model=test-model,source=provider"] == 14
    assert found["parley_model_calls_total", "code=,model=test-model"] == 2
    assert found["parley_model_calls_total", "code=MODEL_REJECTED,model=test-model"] == 1
    assert found["parley_model_retries_total", "code=MODEL_RATE_LIMITED"] == 1
    assert found["parley_model_circuit_open", ""] == 0
    assert found["parley_events_published_total", ""] > 6


async def test_what_goes_on_is_shown_while_it_does(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    async with start_parley(metrics_token=TOKEN, send_rate_limit="2/minute") as parley:
        alice = await parley.client()
        gate = asyncio.Event()
        model.next(say_then_wait("Hal", gate=gate))
        sent = await alice.send(None, "Hello", wait=False)
        conversation, run = sent["conversation"]["id"], sent["run"]["id"]
        await alice.send(conversation, "And?", wait=False, onBusy="ENQUEUE")
        assert (await alice.try_send(None, "More?")).code == "RATE_LIMITED"
        follow = (
            "subscription ($id: ID!) { conversationEvents(conversationId: $id) { __typename } }"
        )
        async with alice.socket() as socket, alice.events(follow, id=conversation) as events:
            payload = {"query": follow, "variables": {"id": conversation}}
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
            await socket.next()
            await events.next()
            await parley.application.sampling.look()
            found = await shown(parley)
            gate.set()
            await final_run(alice, run)
        assert found["parley_open_sockets", ""] == 1
        assert found["parley_open_streams", ""] == 1
        assert found["parley_open_subscriptions", ""] == 2
        assert found["parley_runs_in_progress", ""] == 1
        assert found["parley_runs_open", "status=RUNNING"] == 1
        assert found["parley_runs_open", "status=QUEUED"] == 1
        assert found["parley_runs_oldest_seconds", "status=RUNNING"] > 0
        assert found["parley_rate_limited_total", "kind=send"] == 1


async def test_nothing_of_people_becomes_a_label(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    async with start_parley(metrics_token=TOKEN) as parley:
        alice = await parley.client(name="Zebra")
        model.next(say("zebra"), refuse(400, message="zebra", code="zebra"))
        await alice.conversation(name="zebra", systemPrompt="zebra")
        await alice.send(None, "zebra")
        await alice.try_send(None, "zebra", idempotencyKey="zebra")
        await alice("query zebra { viewer { name } }")
        _, body = await read(parley)
    assert "zebra" not in body.lower()
    assert str(alice.user.id) not in body


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_stays_open_and_says_nothing_secret(
    path: str, start_parley: StartParley
) -> None:
    async with (
        start_parley(metrics_token=TOKEN) as parley,
        parley.session.get(parley.url + path) as response,
    ):
        assert response.status == 200
        assert set(await response.json()) <= {"status", "missing"}
