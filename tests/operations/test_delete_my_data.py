"""deleteMyData."""

from tests.operations.test_branch_conversation import branch
from tests.operations.turns import edit
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served

DELETE = "mutation { deleteMyData { deletedConversations deletedMessages } }"


async def test_everything_of_the_viewer_goes_and_nothing_of_others(
    alice: Client, bob: Client
) -> None:
    root = await alice.send(None, "One")
    await edit(alice, root["userMessage"]["id"], "Other")
    await branch(alice, root["conversation"]["id"])
    theirs = await bob.send(None, "Mine stays")
    answer = await alice(DELETE)
    assert answer.data["deleteMyData"] == {"deletedConversations": 3, "deletedMessages": 4}
    assert (await alice("{ viewer { id } }")).code == "UNAUTHENTICATED"
    assert len(await bob.messages(theirs["conversation"]["id"])) == 2


async def test_runs_stop_and_subscriptions_end(
    alice: Client, parley: Served, model: ScriptedModel
) -> None:
    with model.holding():
        sent = await alice.send(None, "One", wait=False)
        query = "subscription ($id: ID!) { newMessages(conversationId: $id) { id } }"
        async with alice.events(query, id=sent["conversation"]["id"]) as stream:
            await model.until_asked(1)
            answer = await alice(DELETE)
            assert answer.data["deleteMyData"]["deletedMessages"] == 2
            name = ""
            while name != "complete":
                name, _ = await stream.next()
    assert parley.application.live.ids == frozenset()
