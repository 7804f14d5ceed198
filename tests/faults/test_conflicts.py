"""Deadlocks and serialization failures of a real server: nothing twice, and one call of the model.

Each is made on purpose, so that Parley's transaction is the one that is ended.
"""

import asyncio
from typing import Any

import asyncpg
import pytest

from db.urls import connections_config
from tests.conftest import StartParley
from tests.faults.invariants import assert_settled, texts
from tests.faults.load import Load
from tests.faults.other_session import Deadlock, SerializationFailure, other_session
from tests.scripted_model import ScriptedModel
from tests.served import Answer, Client

Conflict = Deadlock | SerializationFailure
CONFLICTS = [Deadlock(), SerializationFailure()]
UNLIMITED: dict[str, Any] = {"rate_limit": "off", "send_rate_limit": "off"}


@pytest.fixture
def postgres_url(database_url: str) -> str:
    """A database on PostgreSQL."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    return database_url


async def set_on_database(url: str, name: str, value: str) -> None:
    """Change a setting for the sessions to come."""
    database = connections_config(url)[1]["default"]["credentials"]["database"]
    session = await asyncpg.connect(url)
    await session.execute(f"ALTER DATABASE {database} SET {name} = {value}")
    await session.close()


@pytest.mark.parametrize("conflict", CONFLICTS, ids=["deadlock", "serialization failure"])
async def test_accepting_that_is_broken_off_is_done_again_as_a_whole(
    conflict: Conflict, postgres_url: str, start_parley: StartParley, model: ScriptedModel
) -> None:
    await set_on_database(postgres_url, *conflict.setting)
    async with start_parley() as parley, other_session(postgres_url) as other:
        alice = await parley.client()
        conversation = (await alice.send(None, "first"))["conversation"]["id"]
        await conflict.hold(other)
        sending = asyncio.create_task(alice.try_send(conversation, "second"))
        await conflict.come_between(other)
        await assert_answered_once(alice, await sending)
    await assert_settled(postgres_url)
    assert asked(model) == ["first", "second"]


@pytest.mark.parametrize("conflict", CONFLICTS, ids=["deadlock", "serialization failure"])
async def test_settling_that_is_broken_off_is_done_again_as_a_whole(
    conflict: Conflict,
    postgres_url: str,
    start_parley: StartParley,
    model: ScriptedModel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_on_database(postgres_url, *conflict.setting)
    async with start_parley() as parley, other_session(postgres_url) as other:
        alice = await parley.client()
        conversation = (await alice.send(None, "first"))["conversation"]["id"]
        with model.holding():
            sending = asyncio.create_task(alice.try_send(conversation, "second"))
            await model.until_asked(2)
            await conflict.hold(other)
        await conflict.come_between(other)
        await assert_answered_once(alice, await sending)
    await assert_settled(postgres_url)
    assert asked(model) == ["first", "second"]
    assert "settling failed" not in caplog.text  # it was done again before anybody noticed


async def assert_answered_once(alice: Client, answer: Answer) -> None:
    """The second turn is there, whole and once, and booked once."""
    sent = answer.data["sendMessage"]
    assert (sent["run"]["status"], sent["reply"]["status"]) == ("COMPLETE", "COMPLETE")
    stored = await alice.messages(sent["conversation"]["id"])
    assert [(one["index"], one["content"]) for one in stored] == [
        (0, "first"),
        (1, "You said: first 🎉"),
        (2, "second"),
        (3, "You said: second 🎉"),
    ]
    assert await alice.usage() == (2 * (11 + 7), 0)


def asked(model: ScriptedModel) -> list[str]:
    """What the model was asked, in order."""
    return [str(body["messages"][-1]["content"]) for body in model.requests]


async def test_a_database_that_serializes_everything_refuses_some_and_doubles_nothing(
    postgres_url: str, start_parley: StartParley, model: ScriptedModel
) -> None:
    """All clients are one user, whose budget every transaction changes: most of them collide."""
    await set_on_database(postgres_url, "default_transaction_isolation", "serializable")
    async with start_parley(**UNLIMITED) as parley:
        async with Load(await parley.client()).going_on() as load:
            await load.until_done_more(24)
        await assert_settled(postgres_url)
    assert await texts(postgres_url, "SELECT content FROM messages WHERE role = 'USER'") == (
        sorted(load.done)
    )
    assert sorted(asked(model)) == sorted(load.done)
