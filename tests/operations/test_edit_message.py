"""editMessage."""

from tests.operations.turns import active_variant, edit, try_edit, variants
from tests.scripted_model import ScriptedModel, refuse
from tests.served import Client

LIST = "query ($all: Boolean) { conversations(filter: {includeVariants: $all}) { nodes { id } } }"


async def two_turns(client: Client) -> tuple[str, list[str]]:
    """A conversation with two turns, and the ids of its messages."""
    conversation = (await client.conversation())["id"]
    await client.send(conversation, "One")
    await client.send(conversation, "Two")
    return conversation, [one["id"] for one in await client.messages(conversation)]


async def test_an_edit_goes_on_from_before_the_message_and_leaves_it_as_it_was(
    alice: Client, model: ScriptedModel
) -> None:
    conversation, ids = await two_turns(alice)
    payload = await edit(alice, ids[2], "Other two")
    variant = payload["conversation"]
    assert (variant["branchKind"], variant["branchedAtIndex"]) == ("EDIT", 2)
    assert payload["reply"]["content"] == "You said: Other two 🎉"
    assert [one["content"] for one in model.requests[-1]["messages"]] == [
        "One", "You said: One 🎉", "Other two",
    ]  # fmt: skip
    assert [one["id"] for one in await alice.messages(conversation)] == ids
    assert [one["id"] for one in await alice.messages(variant["id"])][:2] == ids[:2]


async def test_the_first_message_can_be_edited(alice: Client, model: ScriptedModel) -> None:
    _, ids = await two_turns(alice)
    payload = await edit(alice, ids[0], "Other one")
    assert payload["userMessage"]["index"] == 0
    assert [one["content"] for one in model.requests[-1]["messages"]] == ["Other one"]


async def test_variants_are_all_that_stands_in_one_place_oldest_first(alice: Client) -> None:
    _, ids = await two_turns(alice)
    first = await edit(alice, ids[2], "Second try")
    second = await edit(alice, first["userMessage"]["id"], "Third try")
    expected = [ids[2], first["userMessage"]["id"], second["userMessage"]["id"]]
    for one in expected:
        assert await variants(alice, one) == expected
    assert await variants(alice, ids[0]) == [ids[0]]
    assert await variants(alice, second["reply"]["id"]) == [second["reply"]["id"]]


async def test_the_active_variant_is_the_one_used_last(alice: Client) -> None:
    conversation, ids = await two_turns(alice)
    assert await active_variant(alice, conversation) == conversation
    payload = await edit(alice, ids[2], "Second try")
    variant = payload["conversation"]["id"]
    assert payload["conversation"]["activeVariant"]["id"] == variant
    assert await active_variant(alice, conversation) == variant
    await alice.send(conversation, "Back to the first")
    assert await active_variant(alice, conversation) == conversation
    assert await active_variant(alice, variant) == conversation
    await alice.send(variant, "And to the second")
    assert await active_variant(alice, conversation) == variant


async def test_lists_show_variants_only_to_those_who_ask(alice: Client) -> None:
    conversation, ids = await two_turns(alice)
    variant = (await edit(alice, ids[2], "Second try"))["conversation"]["id"]
    shown = (await alice(LIST, all=False)).data["conversations"]["nodes"]
    assert [one["id"] for one in shown] == [conversation]
    shown = (await alice(LIST, all=True)).data["conversations"]["nodes"]
    assert [one["id"] for one in shown] == [variant, conversation]


async def test_a_conversation_is_deleted_with_its_variants(alice: Client) -> None:
    conversation, ids = await two_turns(alice)
    variant = (await edit(alice, ids[2], "Second try"))["conversation"]["id"]
    delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
    await alice(delete, id=conversation)
    answer = await alice("query ($id: ID!) { conversation(id: $id) { id } }", id=variant)
    assert answer.data["conversation"] is None


async def test_a_variant_that_is_deleted_leaves_the_others(alice: Client) -> None:
    conversation, ids = await two_turns(alice)
    first = await edit(alice, ids[2], "Second try")
    nested = await edit(alice, first["userMessage"]["id"], "Third try")
    delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
    await alice(delete, id=first["conversation"]["id"])
    assert len(await alice.messages(nested["conversation"]["id"])) == 4
    assert await variants(alice, ids[2]) == [ids[2], nested["userMessage"]["id"]]
    assert [one["id"] for one in await alice.messages(conversation)] == ids


async def test_only_ones_own_user_messages_can_be_edited(alice: Client, bob: Client) -> None:
    _, ids = await two_turns(alice)
    answer = await try_edit(alice, ids[1], "A reply")
    assert (answer.code, answer.error["extensions"]["field"]) == ("BAD_USER_INPUT", "messageId")
    assert (await try_edit(bob, ids[0], "Not mine")).code == "NOT_FOUND"
    answer = await try_edit(alice, ids[0], " ")
    assert (answer.code, answer.error["extensions"]["field"]) == ("BAD_USER_INPUT", "content")


async def test_a_message_behind_a_reply_that_is_being_written_cannot_be_edited_yet(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        first = await alice.send(conversation, "One", wait=False)
        queued = await alice.send(conversation, "Two", wait=False, onBusy="ENQUEUE")
        answer = await try_edit(alice, queued["userMessage"]["id"], "Other two")
        assert answer.code == "CONVERSATION_BUSY"
        answer = await try_edit(alice, first["userMessage"]["id"], "Other one", wait=False)
        assert answer.data["editMessage"]["run"]["status"] == "RUNNING"


async def test_an_edit_that_is_repeated_with_its_key_is_made_once(alice: Client) -> None:
    _, ids = await two_turns(alice)
    first = await edit(alice, ids[2], "Second try", idempotencyKey="k")
    again = await edit(alice, ids[2], "Second try", idempotencyKey="k")
    assert again == first
    assert len(await variants(alice, ids[2])) == 2
    answer = await alice.try_send(None, "Second try", idempotencyKey="k")
    assert answer.code == "IDEMPOTENCY_KEY_REUSED"


async def test_a_failed_edit_is_tried_again_in_its_variant_by_its_key(
    alice: Client, model: ScriptedModel
) -> None:
    _, ids = await two_turns(alice)
    model.next(*(refuse(503) for _ in range(3)))
    failed = await try_edit(alice, ids[2], "Second try", idempotencyKey="k")
    assert failed.code == "MODEL_UNAVAILABLE"
    done = await edit(alice, ids[2], "Second try", idempotencyKey="k")
    assert done["userMessage"] == failed.body["data"]["editMessage"]["userMessage"]
    assert (done["reply"]["index"], done["reply"]["status"]) == (4, "COMPLETE")
