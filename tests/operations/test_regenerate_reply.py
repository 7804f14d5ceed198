"""regenerateReply."""

import pytest

from tests.operations.turns import regenerate, try_regenerate, variants
from tests.scripted_model import ScriptedModel, refuse, say
from tests.served import Client


async def one_turn(client: Client) -> tuple[str, list[str]]:
    """A conversation with one turn, and the ids of its messages."""
    conversation = (await client.conversation())["id"]
    await client.send(conversation, "One")
    return conversation, [one["id"] for one in await client.messages(conversation)]


async def test_another_reply_stands_in_a_variant_after_the_same_message(
    alice: Client, model: ScriptedModel
) -> None:
    conversation, ids = await one_turn(alice)
    model.next(say("Better", usage=(5, 2)))
    payload = await regenerate(alice, ids[1], model="other-model")
    assert payload["conversation"]["branchKind"] == "REGENERATION"
    assert payload["userMessage"]["id"] == ids[0]
    assert (payload["reply"]["index"], payload["reply"]["content"]) == (1, "Better")
    assert payload["tokensUsed"] == 7
    assert model.requests[-1]["model"] == "other-model"
    assert model.requests[-1]["messages"] == model.requests[0]["messages"]
    assert await variants(alice, ids[1]) == [ids[1], payload["reply"]["id"]]
    assert [one["id"] for one in await alice.messages(conversation)] == ids
    used, reserved = await alice.usage()
    assert (used, reserved) == (18 + 7, 0)


async def test_the_users_message_keeps_what_it_cost_the_first_time(
    alice: Client, model: ScriptedModel
) -> None:
    conversation, ids = await one_turn(alice)
    before = (await alice.messages(conversation))[0]
    model.next(say("Better", usage=(5, 2)))
    await regenerate(alice, ids[1])
    assert (await alice.messages(conversation))[0] == before


async def test_a_failed_last_reply_is_followed_by_a_new_one_in_its_conversation(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    model.next(refuse(400))
    assert (await alice.try_send(conversation, "One")).code == "MODEL_REJECTED"
    question, failed = await alice.messages(conversation)
    payload = await regenerate(alice, failed["id"])
    assert payload["conversation"]["id"] == conversation
    assert payload["userMessage"]["id"] == question["id"]
    assert (payload["reply"]["index"], payload["reply"]["status"]) == (2, "COMPLETE")
    assert [one["status"] for one in await alice.messages(conversation)] == [
        "COMPLETE", "FAILED", "COMPLETE",
    ]  # fmt: skip


async def test_a_changed_prompt_does_not_keep_a_failed_reply_from_being_the_last(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    model.next(refuse(400))
    await alice.try_send(conversation, "One")
    failed = (await alice.messages(conversation))[1]["id"]
    update = """mutation ($id: ID!) {
        updateConversation(input: {id: $id, systemPrompt: "Be brief."}) { conversation { id } }
    }"""
    await alice(update, id=conversation)
    payload = await regenerate(alice, failed)
    assert (payload["conversation"]["id"], payload["reply"]["index"]) == (conversation, 3)
    assert [one["role"] for one in model.requests[-1]["messages"]] == ["system", "user"]


async def test_a_failed_reply_that_was_answered_already_is_regenerated_in_a_variant(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    model.next(refuse(400))
    await alice.try_send(conversation, "One")
    failed = (await alice.messages(conversation))[1]["id"]
    await alice.send(conversation, "Two")
    payload = await regenerate(alice, failed)
    assert payload["conversation"]["id"] != conversation
    assert payload["reply"]["index"] == 1


async def test_only_ones_own_replies_can_be_regenerated(alice: Client, bob: Client) -> None:
    _, ids = await one_turn(alice)
    answer = await try_regenerate(alice, ids[0])
    assert (answer.code, answer.error["extensions"]["field"]) == ("BAD_USER_INPUT", "messageId")
    assert (await try_regenerate(bob, ids[1])).code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "field"), [({"temperature": 3}, "temperature"), ({"model": "no"}, "model")]
)
async def test_bad_input_is_named(alice: Client, fields: dict[str, object], field: str) -> None:
    _, ids = await one_turn(alice)
    answer = await try_regenerate(alice, ids[1], **fields)
    assert (answer.code, answer.error["extensions"]["field"]) == ("BAD_USER_INPUT", field)
    assert await variants(alice, ids[1]) == [ids[1]]
