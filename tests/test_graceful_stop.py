"""SIGTERM: nothing new, time for what runs, its text kept, sockets told to come back, exit 0."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.program import ask, environment, running
from tests.scripted_model import ScriptedModel, say_then_wait

SEND = """mutation ($wait: Boolean!) {
    sendMessage(input: {content: "Hi", wait: $wait}) {
        run { id status } conversation { id } reply { content status }
    }
}"""
SERVICE_RESTART = 1012


@asynccontextmanager
async def serving(
    database_url: str, model: ScriptedModel, grace_seconds: int, unready_seconds: int = 0
) -> AsyncIterator[tuple[Process, str]]:
    """A process that serves, and the link that signs in."""
    env = environment(
        database_url,
        OPENAI_BASE_URL=model.url,
        PARLEY_GRACE_SECONDS=str(grace_seconds),
        PARLEY_UNREADY_SECONDS=str(unready_seconds),
    )
    async with running("serve", "--sign-in-link", env=env) as (process, link):
        yield process, link


async def until_unready(link: str) -> None:
    """Wait until a load balancer would send requests elsewhere."""
    async with asyncio.timeout(10), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{link.partition('/?')[0]}/readyz") as response:
                if response.status == 503:
                    assert (await response.json())["reason"] == "shutting down"
                    return
                assert response.status == 200


async def until_refused(link: str) -> None:
    """Wait until no new connection is taken."""
    port = int(link.partition("/?")[0].rpartition(":")[2])
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()


async def test_a_reply_that_goes_on_may_finish_and_new_sends_are_told_to_come_again(
    database_url: str, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with serving(database_url, model, grace_seconds=60) as (process, link):
        waiting = asyncio.create_task(ask(link, SEND, wait=True))
        await model.until_asked(1)
        process.send_signal(signal.SIGTERM)
        await until_unready(link)
        refused = await ask(link, SEND, wait=True)
        assert refused["errors"][0]["extensions"]["code"] == "SHUTTING_DOWN"  # type: ignore[index]
        assert refused["errors"][0]["extensions"]["retryable"] is True  # type: ignore[index]
        gate.set()
        payload = (await waiting)["data"]["sendMessage"]  # type: ignore[index]
        assert payload["reply"] == {"content": "All of it", "status": "COMPLETE"}
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_reply_that_outlasts_the_grace_time_is_interrupted_with_its_text(
    database_url: str, model: ScriptedModel
) -> None:
    model.next(say_then_wait("So ", "far", gate=asyncio.Event()))
    async with serving(database_url, model, grace_seconds=1) as (process, link):
        sent = (await ask(link, SEND, wait=False))["data"]["sendMessage"]  # type: ignore[index]
        async with subscribed(link, sent["conversation"]["id"]) as socket:
            await until_delta(socket)
            process.send_signal(signal.SIGTERM)
            told = [message async for message in socket]
            assert socket.close_code == SERVICE_RESTART
        assert '"complete"' not in "".join(str(message.data) for message in told)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    async with serving(database_url, model, grace_seconds=0) as (_, link):
        query = "query ($id: ID!) { run(id: $id) { status reply { content } } }"
        run = (await ask(link, query, id=sent["run"]["id"]))["data"]["run"]  # type: ignore[index]
    assert run == {"status": "INTERRUPTED", "reply": {"content": "So far"}}


async def test_a_second_signal_ends_the_grace_time(database_url: str, model: ScriptedModel) -> None:
    model.next(say_then_wait("So ", "far", gate=asyncio.Event()))
    async with serving(database_url, model, grace_seconds=3600) as (process, link):
        await ask(link, SEND, wait=False)
        await model.until_asked(1)
        process.send_signal(signal.SIGTERM)
        await until_unready(link)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_while_load_balancers_notice_everything_goes_on(
    database_url: str, model: ScriptedModel
) -> None:
    async with serving(database_url, model, grace_seconds=60, unready_seconds=600) as (
        process,
        link,
    ):
        process.send_signal(signal.SIGTERM)
        await until_unready(link)
        sent = (await ask(link, SEND, wait=True))["data"]["sendMessage"]  # type: ignore[index]
        assert sent["reply"]["status"] == "COMPLETE"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_request_on_a_kept_connection_is_answered_as_its_last_one(
    database_url: str, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with serving(database_url, model, grace_seconds=60) as (process, link):
        address = link.partition("/?")[0]
        async with aiohttp.ClientSession() as kept:
            await ask(link, SEND, wait=False)
            async with kept.get(f"{address}/healthz") as response:
                await response.read()  # else the client would not keep the connection
                assert "Connection" not in response.headers
            process.send_signal(signal.SIGTERM)
            await until_unready(link)
            async with kept.get(f"{address}/healthz") as response:
                assert response.status == 200
                assert response.headers["Connection"] == "close"
            gate.set()
            assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_kept_connection_is_not_cut_while_a_request_may_be_on_its_way(
    database_url: str, model: ScriptedModel
) -> None:
    async with serving(database_url, model, grace_seconds=60) as (process, link):
        address = link.partition("/?")[0]
        async with aiohttp.ClientSession() as kept:
            async with kept.get(f"{address}/healthz") as response:
                await response.read()  # else the client would not keep the connection
                assert response.status == 200
            process.send_signal(signal.SIGTERM)
            await until_refused(link)
            async with kept.get(f"{address}/healthz") as response:
                assert response.status == 200
            assert await asyncio.wait_for(process.wait(), 20) == 0


@asynccontextmanager
async def subscribed(
    link: str, conversation_id: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A socket with one subscription to the events of a conversation."""
    address, _, token = link.partition("/?token=")
    query = """subscription ($id: ID!) {
        conversationEvents(conversationId: $id) { ... on MessageDelta { text } }
    }"""
    payload = {"query": query, "variables": {"id": conversation_id}}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}/graphql", protocols=["graphql-transport-ws"]) as socket,
    ):
        connection = {"Authorization": f"Bearer {token}"}
        await socket.send_json({"type": "connection_init", "payload": connection})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        yield socket


async def until_delta(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Wait until all that the model wrote was told."""
    text = ""
    async with asyncio.timeout(20):
        while not text.endswith("far"):
            message = await socket.receive_json()
            assert message["type"] == "next", message
            text += message["payload"]["data"]["conversationEvents"].get("text", "")
