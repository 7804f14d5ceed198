"""stopRun."""

import pytest

from tests.conftest import StartParley
from tests.operations.turns import STOP, final_run, stop
from tests.scripted_model import ScriptedModel, say
from tests.served import Client


def endless() -> tuple[str, ...]:
    """More pieces than anybody waits for."""
    return ("Once ", *(["upon "] * 1000))


async def until_text(client: Client, conversation: str) -> None:
    """Wait until some of the reply was told."""
    query = """subscription ($id: ID!) {
        conversationEvents(conversationId: $id) {
            __typename ... on MessageDelta { text }
        }
    }"""
    async with client.events(query, id=conversation) as stream:
        while True:
            _, event = await stream.next()
            if event["data"]["conversationEvents"]["__typename"] == "MessageDelta":
                return


async def test_a_stop_keeps_the_text_estimates_its_tokens_and_may_be_repeated(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(say(*endless(), pause_seconds=0.02))
    sent = await alice.send(None, "Tell me a story", wait=False)
    conversation, run = sent["conversation"]["id"], sent["run"]["id"]
    await until_text(alice, conversation)
    assert await stop(alice, run) == "STOPPED"
    assert await stop(alice, run) == "STOPPED"
    question, reply = await alice.messages(conversation)
    assert reply["status"] == "STOPPED"
    assert reply["content"].startswith("Once ")
    assert (reply["usageSource"], question["usageSource"]) == ("ESTIMATED", "ESTIMATED")
    used, reserved = await alice.usage()
    assert (used, reserved) == (question["tokensUsed"] + reply["tokensUsed"], 0)


async def test_a_stop_closes_the_request_to_the_model(alice: Client, model: ScriptedModel) -> None:
    model.next(say(*endless(), pause_seconds=0.01))
    sent = await alice.send(None, "Tell me a story", wait=False)
    await until_text(alice, sent["conversation"]["id"])
    await stop(alice, sent["run"]["id"])
    await model.until_idle()


async def test_a_final_run_stays_as_it_is(alice: Client) -> None:
    sent = await alice.send(None, "Hello")
    assert await stop(alice, sent["run"]["id"]) == "COMPLETE"


async def test_nobody_stops_somebody_elses_run(
    alice: Client, bob: Client, model: ScriptedModel
) -> None:
    with model.holding():
        sent = await alice.send(None, "Hello", wait=False)
        assert (await bob(STOP, id=sent["run"]["id"])).code == "NOT_FOUND"
    assert (await final_run(alice, sent["run"]["id"]))["status"] == "COMPLETE"


@pytest.mark.parametrize("id_", ["", "nonsense", "TWVzc2FnZTox"])
async def test_a_malformed_id_is_bad_input(alice: Client, id_: str) -> None:
    answer = await alice(STOP, id=id_)
    assert (answer.code, answer.error["extensions"]["field"]) == ("BAD_USER_INPUT", "runId")


async def test_a_run_is_stopped_from_another_process(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    model.next(say(*endless(), pause_seconds=0.02))
    async with start_parley() as one, start_parley() as other:
        client = await one.client()
        elsewhere = Client(other.url, other.session, client.token, client.user)
        sent = await client.send(None, "Tell me a story", wait=False)
        await until_text(client, sent["conversation"]["id"])
        assert await stop(elsewhere, sent["run"]["id"]) == "STOPPED"
        [_, reply] = await client.messages(sent["conversation"]["id"])
        assert reply["content"].startswith("Once ")
