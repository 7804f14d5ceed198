"""branchConversation."""

from tests.scripted_model import ScriptedModel
from tests.served import Answer, Client, Json

BRANCH = """mutation ($input: BranchConversationInput!) {
    branchConversation(input: $input) {
        conversation {
            id name model systemPrompt messageCount branchedAtIndex branchKind
            parent { id } tokensUsed
        }
    }
}"""


async def try_branch(client: Client, conversation: str, **fields: object) -> Answer:
    """The whole answer."""
    return await client(BRANCH, input={"conversationId": conversation, **fields})


async def branch(client: Client, conversation: str, **fields: object) -> Json:
    """A new branch."""
    answer = await try_branch(client, conversation, **fields)
    made: Json = answer.data["branchConversation"]["conversation"]
    return made


async def contents(client: Client, conversation: str) -> list[str]:
    """The texts of a conversation."""
    return [message["content"] for message in await client.messages(conversation)]


async def test_neither_sees_what_the_other_says_after_the_fork(
    alice: Client, model: ScriptedModel
) -> None:
    root = (await alice.conversation(preset="general"))["id"]
    await alice.send(root, "One")
    third = (await alice.messages(root))[2]["id"]
    fork = (await branch(alice, root, atMessageId=third))["id"]
    await alice.send(root, "Root only")
    await alice.send(fork, "Branch only")
    assert not any("Branch" in text for text in await contents(alice, root))
    assert not any("Root" in text for text in await contents(alice, fork))
    assert (await contents(alice, root))[:3] == (await contents(alice, fork))[:3]
    sent = str(model.requests[-1]["messages"])
    assert "One" in sent
    assert "Root only" not in sent


async def test_a_topic_names_the_branch_and_its_prompt(alice: Client) -> None:
    root = (await alice.conversation(name="Root"))["id"]
    await alice.send(root, "One")
    made = await branch(alice, root, topic="whales")
    assert made["name"] == "whales - Branch"
    assert made["systemPrompt"] == "Continue the conversation focusing on: whales"
    assert made["branchKind"] == "TOPIC"
    assert made["branchedAtIndex"] == 2
    assert made["messageCount"] == 3
    assert made["parent"] == {"id": root}
    assert made["tokensUsed"] == 0


async def test_name_prompt_and_model_go_before_the_topic(alice: Client) -> None:
    root = (await alice.conversation())["id"]
    made = await branch(
        alice, root, topic="whales", name="N", systemPrompt="P", model="other-model"
    )
    assert (made["name"], made["systemPrompt"], made["model"]) == ("N", "P", "other-model")


async def test_a_branch_without_a_topic_keeps_the_prompt_and_is_named_after_its_parent(
    alice: Client,
) -> None:
    root = (await alice.conversation(name="Root", systemPrompt="P"))["id"]
    made = await branch(alice, root)
    assert made["name"] == "Root - Branch"
    assert made["systemPrompt"] == "P"
    assert made["messageCount"] == 1


async def test_a_branch_at_an_early_message_has_the_prompt_that_was_in_force_there(
    alice: Client,
) -> None:
    root = (await alice.conversation(systemPrompt="Old"))["id"]
    early = (await alice.send(root, "One"))["reply"]["id"]
    update = """mutation ($input: UpdateConversationInput!) {
        updateConversation(input: $input) { conversation { id } }
    }"""
    await alice(update, input={"id": root, "systemPrompt": "New"})
    assert (await branch(alice, root, atMessageId=early))["systemPrompt"] == "Old"
    assert (await branch(alice, root))["systemPrompt"] == "New"


async def test_branches_of_branches_survive_the_deletion_of_what_is_between(
    alice: Client,
) -> None:
    root = (await alice.conversation())["id"]
    await alice.send(root, "Root")
    child = (await branch(alice, root))["id"]
    await alice.send(child, "Child")
    grandchild = (await branch(alice, child))["id"]
    await alice.send(grandchild, "Grandchild")
    expected = await contents(alice, grandchild)
    delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
    await alice(delete, id=child)
    assert await contents(alice, grandchild) == expected
    await alice(delete, id=root)
    assert await contents(alice, grandchild) == expected
    query = """query ($id: ID!) {
        conversation(id: $id) { parent { id } messages { nodes { conversation { id } } } }
    }"""
    left = (await alice(query, id=grandchild)).data["conversation"]
    assert left["parent"] is None
    assert {one["conversation"]["id"] for one in left["messages"]["nodes"]} == {grandchild}
    await alice.send(grandchild, "Still works")
    await alice(delete, id=grandchild)


async def test_a_branch_leaves_out_the_reply_that_is_being_written(
    alice: Client, model: ScriptedModel
) -> None:
    root = (await alice.conversation())["id"]
    with model.holding():
        payload = await alice.send(root, "One", wait=False)
        made = await branch(alice, root)
        refused = await try_branch(alice, root, atMessageId=payload["reply"]["id"])
    assert made["messageCount"] == 1
    assert refused.code == "BAD_USER_INPUT"
    assert refused.error["extensions"]["field"] == "atMessageId"


async def test_a_message_of_another_conversation_is_refused(alice: Client) -> None:
    root = (await alice.conversation())["id"]
    other = await alice.send(None, "Elsewhere")
    refused = await try_branch(alice, root, atMessageId=other["reply"]["id"])
    assert refused.code == "BAD_USER_INPUT"


async def test_branches_are_listed_newest_first_with_their_number(alice: Client) -> None:
    root = (await alice.conversation())["id"]
    made = [(await branch(alice, root, name=f"B{number}"))["id"] for number in range(3)]
    query = """query ($id: ID!, $after: String) {
        conversation(id: $id) {
            branches(first: 2, after: $after) {
                totalCount nodes { id } pageInfo { hasNextPage endCursor }
            }
        }
    }"""
    first = (await alice(query, id=root)).data["conversation"]["branches"]
    assert first["totalCount"] == 3
    assert [one["id"] for one in first["nodes"]] == [made[2], made[1]]
    rest = await alice(query, id=root, after=first["pageInfo"]["endCursor"])
    branches = rest.data["conversation"]["branches"]
    assert [one["id"] for one in branches["nodes"]] == [made[0]]
    assert branches["pageInfo"]["hasNextPage"] is False
    listed = "query ($id: ID!) { conversations(filter: {parentId: $id}) { totalCount } }"
    assert (await alice(listed, id=root)).data["conversations"]["totalCount"] == 3
