"""All processes are replaced while clients send and follow: nothing is lost or there twice."""

import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.faults.invariants import assert_settled, texts
from tests.faults.process import ADMIN
from tests.program import environment
from tests.scaled.round_robin import round_robin
from tests.scaled.screen import Screen
from tests.scaled.senders import Senders
from tests.scripted_model import Behaviour, Body, ScriptedModel, say
from tests.served import Client, Json
from tests.supervised import program, supervised

# Who sends in other conversations than the one that is followed.
OTHERS = 5
SOME = 12
SERVICE_RESTART = 1012
# Replies take longer, so that some are interrupted and some are not.
GRACE_SECONDS = "0.4"
PIECES = 12
PIECE_SECONDS = 0.06
USER_MESSAGES = "SELECT content FROM messages WHERE role = 'USER'"
ANSWERED = """SELECT asked.content FROM runs JOIN messages asked ON asked.id = runs.user_message_id
    WHERE runs.status = 'COMPLETE'"""
RUNS = "SELECT CAST(id AS VARCHAR(36)) AS id FROM runs"


def slowly() -> Behaviour:
    """Write a reply that says what was asked, piece by piece."""

    async def behaviour(request: web.Request, body: Body) -> web.StreamResponse:
        pieces = [f"{body['messages'][-1]['content']} {number}. " for number in range(PIECES)]
        return await say(*pieces, pause_seconds=PIECE_SECONDS)(request, body)

    return behaviour


@pytest.fixture
async def slow_model() -> AsyncIterator[ScriptedModel]:
    """A model whose replies take a while."""
    scripted = ScriptedModel(otherwise=slowly)
    async with TestServer(scripted.application()) as server:
        scripted.url = str(server.make_url("/v1"))
        yield scripted


async def test_separate_processes_behind_a_load_balancer_are_replaced(
    database_url: str, redis_url: str, slow_model: ScriptedModel
) -> None:
    env = environment(
        database_url,
        REDIS_URL=redis_url,
        OPENAI_BASE_URL=slow_model.url,
        PARLEY_GRACE_SECONDS=GRACE_SECONDS,
        PARLEY_SEND_RATE_LIMIT="off",
    )
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(program(env)) for _ in range(2)]
        ports = [one.address.rpartition(":")[2] for one in started]
        proxy = await stack.enter_async_context(round_robin([int(port) for port in ports]))

        async def replace() -> None:
            for one, port in zip(started, ports, strict=True):
                one.process.send_signal(signal.SIGTERM)
                assert await one.end() == 0
                await stack.enter_async_context(program({**env, "PARLEY_PORT": port}))

        load = Setting(proxy.url, started[0].token, database_url, slow_model)
        await load.assert_nothing_is_lost(replace)


async def test_workers_at_one_address_are_replaced_and_no_connection_breaks(
    database_url: str, redis_url: str, slow_model: ScriptedModel
) -> None:
    grace = float(GRACE_SECONDS)
    async with supervised(database_url, redis_url, slow_model.url, grace_seconds=grace) as parley:
        before = parley.workers

        async def replace() -> None:
            parley.process.send_signal(signal.SIGHUP)
            await parley.until_workers(lambda workers: not workers & before)

        load = Setting(parley.address, parley.token, database_url, slow_model)
        told, closed = await load.assert_nothing_is_lost(replace)
        assert set(told) <= {"SHUTTING_DOWN", "RUN_INTERRUPTED"}
        assert set(closed) == {SERVICE_RESTART}


@dataclass(frozen=True)
class Setting:
    """Where clients send and follow, and what is behind it."""

    url: str
    token: str
    database_url: str
    model: ScriptedModel

    async def assert_nothing_is_lost(
        self, replace: Callable[[], Awaitable[None]]
    ) -> tuple[Counter[str], Counter[int | None]]:
        """Send and follow through a restart; what senders were told and how sockets closed."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            client = Client(self.url, session, self.token, ADMIN)
            followed = (await client.conversation())["id"]
            screen = Screen(session, self.url, self.token)
            senders = Senders(client, [followed, *[None] * OTHERS])
            async with screen.following(followed) as following:
                async with senders.going_on():
                    await senders.until_done_more(SOME)
                    await screen.until_told(deltas=SOME)
                    await replace()
                    await senders.until_done_more(SOME)
                stored = await client.messages(followed)
                await screen.until_shown(stored[-1]["index"], unless=following)
        await self._assert_each_was_answered_once(senders.done)
        shown = [screen.finished[message["index"]] for message in stored]
        assert [seen(message) for message in shown] == [seen(message) for message in stored]
        assert screen.closed
        return senders.told, screen.closed

    async def _assert_each_was_answered_once(self, contents: list[str]) -> None:
        """One user message and one whole reply each, and nobody asked the model in vain."""
        await assert_settled(self.database_url)
        assert await texts(self.database_url, USER_MESSAGES) == sorted(contents)
        assert await texts(self.database_url, ANSWERED) == sorted(contents)
        assert len(self.model.requests) <= len(await texts(self.database_url, RUNS))


def seen(message: Json) -> tuple[int, str, str]:
    """What a person would see of a message."""
    return message["index"], message["content"], message["status"]
