"""How much, how long and how often: what the endpoint takes from anyone."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
import structlog

from tests.conftest import StartParley
from tests.operations.turns import final_run
from tests.scripted_model import ScriptedModel
from tests.served import SEND, Client
from web.limits import EdgeLimits

NAME = "{ viewer { name } }"
MIB = 1024 * 1024


async def post(client: Client, body: bytes | io.BytesIO | AsyncIterator[bytes]) -> tuple[int, str]:
    """Post a body; the status and the code of the answer's one error."""
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    async with client.session.post(f"{client.url}/graphql", data=body, headers=headers) as response:
        answer = await response.json()
    [error] = answer["errors"]
    return response.status, error["extensions"]["code"]


async def test_a_body_that_is_too_large_is_refused_unread(alice: Client) -> None:
    too_large = b" " * (MIB + 1)
    assert await post(alice, io.BytesIO(too_large)) == (413, "BAD_USER_INPUT")

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(too_large), 100_000):
            yield too_large[start : start + 100_000]

    assert await post(alice, pieces()) == (413, "BAD_USER_INPUT")
    assert (await alice(NAME)).data["viewer"]["name"] == "User 1"


async def test_a_body_of_a_mebibyte_is_taken(alice: Client) -> None:
    body = b'{"query": "{ nonsense }"}'
    assert await post(alice, io.BytesIO(body + b" " * (MIB - len(body)))) == (200, "BAD_USER_INPUT")


async def test_a_body_that_does_not_come_is_refused_in_time(start_parley: StartParley) -> None:
    async with start_parley(limits=EdgeLimits(body_seconds=0.1)) as parley:
        alice = await parley.client()
        answered = asyncio.Event()

        async def never() -> AsyncIterator[bytes]:
            yield b"{"
            await answered.wait()

        try:
            async with asyncio.timeout(5):
                assert await post(alice, never()) == (408, "BAD_USER_INPUT")
        finally:
            answered.set()


async def test_a_query_that_takes_too_long_is_ended(start_parley: StartParley) -> None:
    async with start_parley(operation_seconds=1e-6) as parley:
        alice = await parley.client()
        answer = await alice("{ conversations { totalCount } }")
        assert (answer.code, answer.error["extensions"]["retryable"]) == ("QUERY_TOO_COMPLEX", True)
        assert answer.error["extensions"]["limit"] == "seconds"


async def test_who_waits_too_long_for_a_reply_keeps_the_turn_and_the_run_goes_on(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    async with start_parley(wait_seconds=0.1) as parley:
        alice = await parley.client()
        with model.holding():
            answer = await alice.try_send(None, "Hello", idempotencyKey="k")
            sent = answer.body["data"]["sendMessage"]
            assert (answer.code, answer.error["path"]) == (
                "MODEL_TIMEOUT",
                ["sendMessage", "reply"],
            )
            assert answer.error["extensions"]["retryable"] is True
            assert (sent["reply"], sent["userMessage"]["content"]) == (None, "Hello")
        assert (await final_run(alice, sent["run"]["id"]))["status"] == "COMPLETE"
        again = await alice.try_send(None, "Hello", idempotencyKey="k")
        assert again.data["sendMessage"]["reply"]["content"] == "You said: Hello 🎉"


async def test_several_sends_of_one_mutation_wait_no_longer_than_one(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    async with start_parley(wait_seconds=0.1) as parley:
        alice = await parley.client()
        sends = "\n".join(
            f's{n}: sendMessage(input: {{content: "{n}"}}) {{ run {{ id }} reply {{ id }} }}'
            for n in range(5)
        )
        with model.holding():
            async with asyncio.timeout(5):
                answer = await alice(f"mutation {{ {sends} }}")
        codes = [error["extensions"]["code"] for error in answer.body["errors"]]
        assert codes == ["MODEL_TIMEOUT"] * 5
        runs = [answer.body["data"][f"s{n}"]["run"]["id"] for n in range(5)]
        for run in runs:
            assert (await final_run(alice, run))["status"] == "COMPLETE"


async def test_who_asks_too_often_is_told_when_to_come_back(start_parley: StartParley) -> None:
    async with start_parley(rate_limit="2/minute") as parley:
        alice, bob = await parley.client(), await parley.client()
        for _ in range(2):
            assert (await alice(NAME)).status == 200
        answer = await alice(NAME)
        assert (answer.status, answer.code) == (429, "RATE_LIMITED")
        assert 0 < int(answer.headers["Retry-After"]) <= 120
        assert (await bob(NAME)).status == 200


@pytest.mark.one_process("reads the log of the process")
async def test_each_operation_is_one_line_of_the_log(alice: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        await alice("query Inbox { viewer { name } }")
        await alice(SEND, input={"content": "Hello"})
        await alice("query Odd { nonsense }")
        await Client(alice.url, alice.session, "parley_wrong", alice.user)("{ viewer { name } }")
        async with alice.socket() as socket:
            payload = {"query": 'subscription Follow { newMessages(conversationId: "x") { id } }'}
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
            assert (await socket.message())["type"] == "error"
    told = [line for line in lines if line["event"] == "operation"]
    assert [(line["name"], line["kind"], line["status"], line["code"]) for line in told] == [
        ("Inbox", "query", "ok", None),
        ("anonymous", "mutation", "ok", None),
        ("anonymous", None, "error", "BAD_USER_INPUT"),
        ("anonymous", None, "error", "UNAUTHENTICATED"),
        ("Follow", "subscription", "error", "BAD_USER_INPUT"),
    ]
    stranger = told.pop(3)
    assert (stranger["code"], stranger["user"]) == ("UNAUTHENTICATED", None)
    for line in told:
        assert line["user"] == str(alice.user.id)
        assert line["duration_ms"] >= 0
        assert line["request_id"]
