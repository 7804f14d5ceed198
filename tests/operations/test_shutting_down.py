"""What clients are told by a server that is about to end."""

import pytest

from tests.scripted_model import ScriptedModel
from tests.served import Client, Served


@pytest.mark.one_process("closes the bus of the process")
async def test_a_stream_that_the_server_ends_says_so_and_that_it_may_be_taken_up_again(
    alice: Client, parley: Served
) -> None:
    conversation = (await alice.conversation())["id"]
    query = "subscription ($id: ID!) { newMessages(conversationId: $id) { id } }"
    async with alice.events(query, id=conversation) as stream:
        parley.application.bus.close()
        _, event = await stream.next()
    [error] = event["errors"]
    assert error["extensions"]["code"] == "SHUTTING_DOWN"
    assert error["extensions"]["retryable"] is True


@pytest.mark.one_process("ends the runs of the process")
async def test_sends_are_refused_and_everything_else_still_answers(
    alice: Client, parley: Served, model: ScriptedModel
) -> None:
    sent = await alice.send(None, "Hello")
    await parley.application.live.close()
    answer = await alice.try_send(None, "Hello again")
    assert (answer.code, answer.error["extensions"]["retryable"]) == ("SHUTTING_DOWN", True)
    assert len(await alice.messages(sent["conversation"]["id"])) == 2
    assert len(model.requests) == 1
    async with alice.session.get(f"{parley.url}/readyz") as response:
        assert (response.status, (await response.json())["status"]) == (503, "unready")
