"""SQLite on a full disk: writes are refused for now, reads go on, nothing is left half done."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.full_disk import Disk, LimitedDisk, small_disk
from tests.faults.invariants import assert_settled, texts
from tests.faults.process import assert_refused_for_now, parley_process
from tests.scripted_model import ScriptedModel, say_then_wait
from tests.served import Answer, Client, Json

RUN = "query ($id: ID!) { run(id: $id) { status finishedAt reply { content status } } }"
# On a disk that is full, SQLite still has the room that its own files took before.
MOST_SENDS = 200


@pytest.fixture(params=["file size limit", "small file system"])
async def disk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Disk]:
    """A disk that can be filled."""
    if request.param == "file size limit":
        yield LimitedDisk(tmp_path)
        return
    async with small_disk(tmp_path / "disk") as made:
        yield made


async def test_a_full_disk_refuses_writes_for_now_and_loses_nothing(
    disk: Disk, model: ScriptedModel
) -> None:
    url = f"sqlite://{disk.folder}/parley.sqlite3"
    async with parley_process(url, model.url) as parley:
        alice = parley.client
        before = await alice.send(None, "before")
        gate = asyncio.Event()
        model.next(say_then_wait("Half of a ", "story", gate=gate))
        streaming = await alice.send(None, "streaming", wait=False)
        await reply_that(alice, streaming, "content", "Half of a story")

        disk.fill(parley.pid)
        accepted, refused = await send_until_refused(alice)
        gate.set()
        # The first may be of a checkpoint; the second is of the settling.
        await parley.log.until_more("database unavailable", times=2)
        await assert_nothing_of(alice, refused, accepted=2 + accepted)
        assert len(await alice.messages(before["conversation"]["id"])) == 2

        disk.free(parley.pid)
        reply = await reply_that(alice, streaming, "status", "COMPLETE")
        assert reply["content"] == "Half of a story"
        again = await alice.send(None, refused, idempotencyKey=refused)
        assert again["reply"]["content"] == f"You said: {refused} 🎉"
        after = await alice.send(before["conversation"]["id"], "after")
        assert after["reply"]["index"] == 3
    await assert_settled(url)
    sent = ["after", "before", "streaming", refused, *(f"full-{n}" for n in range(accepted))]
    assert await texts(url, "SELECT content FROM messages WHERE role = 'USER'") == sorted(sent)


async def send_until_refused(client: Client) -> tuple[int, str]:
    """How many sends still found room, and the one that did not."""
    for number in range(MOST_SENDS):
        content = f"full-{number}"
        answer = await client.try_send(None, content, idempotencyKey=content, wait=False)
        if "errors" in answer.body:
            assert_refused_for_now(answer)
            return number, content
    raise AssertionError("the disk did not become full")


async def assert_nothing_of(client: Client, refused: str, *, accepted: int) -> None:
    """The refused send left no conversation; every other one is there."""
    answer = await client("{ conversations(first: 100) { nodes { name } } }")
    names = [node["name"] for node in answer.data["conversations"]["nodes"]]
    assert refused not in names
    assert len(names) == accepted


async def reply_that(client: Client, sent: Json, field: str, value: str) -> Json:
    """The reply when a field has a value; polled, as by a client that cannot subscribe."""
    async with asyncio.timeout(30):
        while True:
            answer: Answer = await client(RUN, id=sent["run"]["id"])
            reply: Json = answer.data["run"]["reply"]
            if reply[field] == value:
                return reply
            await asyncio.sleep(0.05)


async def test_of_many_writes_at_once_on_a_full_disk_each_is_refused_for_now(
    tmp_path: Path, model: ScriptedModel
) -> None:
    disk: Disk = LimitedDisk(tmp_path)
    url = f"sqlite://{tmp_path}/parley.sqlite3"
    create = 'mutation { createConversation(input: {name: "no"}) { conversation { id } } }'
    async with parley_process(url, model.url) as parley:
        alice = parley.client
        disk.fill(parley.pid)
        sends = [alice.try_send(None, f"refused-{number}") for number in range(20)]
        for answer in await asyncio.gather(*sends, alice(create)):
            assert_refused_for_now(answer)
        assert await alice.usage() == (0, 0)
        disk.free(parley.pid)
        assert (await alice.send(None, "after"))["reply"]["status"] == "COMPLETE"
    await assert_settled(url)
    assert await texts(url, "SELECT content FROM messages") == ["You said: after 🎉", "after"]
