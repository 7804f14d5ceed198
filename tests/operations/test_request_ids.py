"""Every line of the log that is written for a request carries its id, and no other line does."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog

from db.database import Database, Transaction
from tests.docs.pages import blocks
from tests.operations.turns import final_run
from tests.scripted_model import ScriptedModel, refuse, say_then_wait
from tests.served import SEND, Client, Json
from web.logs import configure_logging

pytestmark = pytest.mark.one_process("reads the log of the process")

REFUSED = "the model server refuses the key or what the key may do"


class Log(io.TextIOBase):
    """The lines of the log as JSON, as they would be written to standard error."""

    def __init__(self) -> None:
        """Nothing was written."""
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self._more = asyncio.Event()

    def write(self, text: str) -> int:
        """Keep lines."""
        self.lines += map(json.loads, text.splitlines())
        self._more.set()
        return len(text)

    async def until(self, event: str) -> None:
        """Wait for a line of this event."""
        async with asyncio.timeout(20):
            while all(line["event"] != event for line in self.lines):
                self._more.clear()
                await self._more.wait()

    def of(self, request_id: str | None) -> set[str]:
        """The events that were told of with this id."""
        return {line["event"] for line in self.lines if line.get("request_id") == request_id}


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """The log of everything in this process, there before anything is made that writes to it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    uvicorn = logging.getLogger("uvicorn.error").level
    listening = Log()
    configure_logging("json", stream=listening)
    yield listening
    root.handlers, root.level = handlers, level
    logging.getLogger("uvicorn.access").disabled = False
    logging.getLogger("uvicorn.error").setLevel(uvicorn)
    structlog.reset_defaults()


async def send_as(client: Client, request_id: str, **fields: object) -> Json:
    """Send a message under a request id of one's own; the answer."""
    async with client.session.post(
        f"{client.url}/graphql",
        json={"query": SEND, "variables": {"input": fields}},
        headers={"Authorization": f"Bearer {client.token}", "X-Request-Id": request_id},
    ) as response:
        assert response.headers["X-Request-Id"] == request_id
        return cast("Json", await response.json())


async def rename(database: Database, table: str, to: str) -> None:
    """Take a table away, so that what needs it is a fault of ours; or give it back."""

    async def body(transaction: Transaction) -> None:
        await transaction.rows(f"ALTER TABLE {table} RENAME TO {to}")

    await database.write(body)


async def test_a_model_that_refuses_is_told_of_with_the_id_of_the_request_that_asked(
    alice: Client, model: ScriptedModel, log: Log
) -> None:
    with model.holding():
        model.next(refuse(401), refuse(401))
        one = asyncio.create_task(send_as(alice, "one", content="Hello"))
        two = asyncio.create_task(send_as(alice, "two", content="Hello"))
        await model.until_asked(2)
    for answer in await asyncio.gather(one, two):
        assert answer["errors"][0]["extensions"]["requestId"] in {"one", "two"}
    assert log.of("one") == log.of("two") == {REFUSED, "operation"}
    [shown] = blocks("operations/logs-and-traces.md", "json")
    assert all(set(line) == set(json.loads(shown)) for line in log.lines if "kind" in line)
    assert REFUSED not in log.of(None)


async def test_a_settling_that_is_tried_again_keeps_the_id_though_its_request_has_gone(
    alice: Client, model: ScriptedModel, database_url: str, log: Log
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("Hal", gate=gate))
    sent = await send_as(alice, "one", content="Hello", wait=False)
    run_id = sent["data"]["sendMessage"]["run"]["id"]
    database = await Database.open(database_url)
    await rename(database, "monthly_usage", "gone")
    gate.set()
    await log.until("settling failed")
    await send_as(alice, "two", content="Hello")
    await rename(database, "gone", "monthly_usage")
    await database.close()
    assert (await final_run(alice, run_id))["status"] == "COMPLETE"
    assert log.of("one") >= {"operation", "settling failed"}
    assert log.of("two") == {"operation", "internal error", "task failed"}
    assert not log.of(None) & {"settling failed", "internal error", "task failed"}


async def test_each_operation_of_a_socket_has_an_id_of_its_own(
    alice: Client, model: ScriptedModel, log: Log
) -> None:
    model.next(refuse(401), refuse(401))
    async with alice.socket() as socket:
        for id_ in ("1", "2"):
            payload = {"query": SEND, "variables": {"input": {"content": "Hello"}}}
            await socket.raw.send_json({"id": id_, "type": "subscribe", "payload": payload})
        told = [await socket.message() for _ in range(4)]
    ids = {
        message["payload"]["errors"][0]["extensions"]["requestId"]
        for message in told
        if message["type"] == "next"
    }
    assert len(ids) == 2
    for id_ in ids:
        assert len(log.of(id_)) == 2


async def test_a_run_that_waited_keeps_the_id_of_its_own_request(
    alice: Client, model: ScriptedModel, log: Log
) -> None:
    with model.holding():
        model.next(refuse(400), refuse(401))
        first = await send_as(alice, "one", content="Hello", wait=False)
        conversation = first["data"]["sendMessage"]["conversation"]["id"]
        asked = {"conversationId": conversation, "content": "And?", "onBusy": "ENQUEUE"}
        second = await send_as(alice, "two", wait=False, **asked)
    await final_run(alice, second["data"]["sendMessage"]["run"]["id"])
    assert REFUSED in log.of("two")
    assert REFUSED not in log.of("one") | log.of(None)
