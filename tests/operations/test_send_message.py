"""sendMessage."""

import asyncio

import pytest

from adapters.memory_bus import MemoryBus
from tests.scripted_model import ScriptedModel, refuse, refuse_for_long, say, say_then_cut
from tests.served import Client, Json, Served


async def test_a_send_that_waits_answers_with_the_whole_reply(alice: Client) -> None:
    conversation = await alice.conversation(name="First")
    payload = await alice.send(conversation["id"], "Hello")
    assert payload["reply"]["content"] == "You said: Hello 🎉"
    assert payload["reply"]["status"] == "COMPLETE"
    assert payload["reply"]["finishReason"] == "stop"
    assert payload["reply"]["model"] == "test-model"
    assert payload["tokensUsed"] == 18
    assert payload["userMessage"]["tokensUsed"] == 11
    assert payload["conversation"]["tokensUsed"] == 18
    assert [message["index"] for message in await alice.messages(conversation["id"])] == [0, 1]


async def test_a_send_without_a_conversation_starts_one_named_after_the_message(
    alice: Client,
) -> None:
    payload = await alice.send(None, "How do whales sleep?\nTell me all.")
    assert payload["conversation"]["name"] == "How do whales sleep?"
    assert payload["conversation"]["messageCount"] == 2


async def test_a_send_that_does_not_wait_answers_while_the_reply_is_written(
    alice: Client, model: ScriptedModel
) -> None:
    with model.holding():
        payload = await alice.send(None, "Hello", wait=False)
        assert payload["reply"]["status"] == "STREAMING"
        assert payload["run"]["status"] == "RUNNING"
        assert payload["tokensUsed"] is None
    run = await until_final(alice, payload["run"]["id"])
    assert run["status"] == "COMPLETE"
    assert run["reply"]["content"] == "You said: Hello 🎉"


async def until_final(client: Client, run_id: str) -> Json:
    """Poll a run as a client that cannot subscribe does."""
    query = "query ($id: ID!) { run(id: $id) { status finishedAt reply { content } } }"
    while True:
        run: Json = (await client(query, id=run_id)).data["run"]
        if run["finishedAt"] is not None:
            return run


async def test_a_repeat_with_the_same_key_gives_the_same_ids_and_bills_nothing(
    alice: Client, model: ScriptedModel
) -> None:
    first = await alice.send(None, "Once", idempotencyKey="key-1")
    used = await alice.usage()
    again = await alice.send(None, "Once", idempotencyKey="key-1")
    assert again == first
    assert await alice.usage() == used
    assert len(model.requests) == 1


async def test_repeats_that_race_make_one_run_and_all_get_its_reply(
    alice: Client, model: ScriptedModel
) -> None:
    sends = [alice.send(None, "Once", idempotencyKey="key-1") for _ in range(10)]
    payloads = await asyncio.gather(*sends)
    assert len({payload["reply"]["id"] for payload in payloads}) == 1
    assert {payload["reply"]["content"] for payload in payloads} == {"You said: Once 🎉"}
    assert len(model.requests) == 1


async def test_a_key_that_came_with_another_input_is_refused(alice: Client) -> None:
    await alice.send(None, "Once", idempotencyKey="key-1")
    answer = await alice.try_send(None, "Twice", idempotencyKey="key-1")
    assert answer.code == "IDEMPOTENCY_KEY_REUSED"


async def test_two_users_may_use_the_same_key(alice: Client, bob: Client) -> None:
    first = await alice.send(None, "Mine", idempotencyKey="key-1")
    second = await bob.send(None, "Mine", idempotencyKey="key-1")
    assert first["reply"]["id"] != second["reply"]["id"]


async def test_a_repeat_of_a_failed_send_asks_the_model_again_for_the_same_message(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(refuse_for_long(429))
    failed = await alice.try_send(None, "Please", idempotencyKey="key-1")
    assert failed.code == "MODEL_RATE_LIMITED"
    again = await alice.send(None, "Please", idempotencyKey="key-1")
    sent = failed.body["data"]["sendMessage"]
    assert again["userMessage"]["id"] == sent["userMessage"]["id"]
    assert again["reply"]["index"] == 2
    messages = await alice.messages(sent["conversation"]["id"])
    assert [message["status"] for message in messages] == ["COMPLETE", "FAILED", "COMPLETE"]
    assert [one["content"] for one in model.requests[-1]["messages"]] == ["Please"]


async def test_a_repeat_of_a_send_that_was_refused_for_good_gets_the_same_refusal(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(refuse(400))
    await alice.try_send(None, "Please", idempotencyKey="key-1")
    again = await alice.try_send(None, "Please", idempotencyKey="key-1")
    assert again.code == "MODEL_REJECTED"
    assert len(model.requests) == 1


async def test_a_failed_model_leaves_what_was_said_and_one_error_at_the_path_of_reply(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(refuse_for_long(500))
    answer = await alice.try_send(None, "Anyone there?")
    payload = answer.body["data"]["sendMessage"]
    assert payload["reply"] is None
    assert payload["userMessage"]["content"] == "Anyone there?"
    assert payload["run"]["status"] == "FAILED"
    assert answer.error["path"] == ["sendMessage", "reply"]
    assert answer.error["message"] == "I'm temporarily unavailable. Please try again later."
    assert answer.error["extensions"]["retryable"] is True
    assert "upstream secret text" not in str(answer.body)
    assert await alice.usage() == (0, 0)


async def test_a_reply_that_breaks_off_keeps_its_text_and_is_billed_by_estimate(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(say_then_cut("Half of ", "it"))
    answer = await alice.try_send(None, "All of it, please")
    assert answer.code == "MODEL_UNAVAILABLE"
    conversation = answer.body["data"]["sendMessage"]["conversation"]["id"]
    reply = (await alice.messages(conversation))[1]
    assert reply["content"] == "Half of it"
    assert reply["status"] == "FAILED"
    assert reply["usageSource"] == "ESTIMATED"
    assert reply["error"] == {"code": "MODEL_UNAVAILABLE"}
    used, reserved = await alice.usage()
    assert used > 0
    assert reserved == 0


async def test_a_second_send_is_refused_while_the_reply_is_written(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "First", wait=False)
        answer = await alice.try_send(conversation, "Second", wait=False)
    assert answer.code == "CONVERSATION_BUSY"
    assert answer.error["extensions"]["retryable"] is True


async def test_of_fifty_sends_at_once_on_one_conversation_one_is_taken(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        sends = [alice.try_send(conversation, f"{n}", wait=False) for n in range(50)]
        answers = await asyncio.gather(*sends)
        taken = [one for one in answers if "errors" not in one.body]
        refused = [one.code for one in answers if "errors" in one.body]
        _, reserved = await alice.usage()
        assert reserved > 0
    assert len(taken) == 1
    assert refused == ["CONVERSATION_BUSY"] * 49
    await until_final(alice, taken[0].data["sendMessage"]["run"]["id"])
    assert [one["index"] for one in await alice.messages(conversation)] == [0, 1]
    assert await alice.usage() == (18, 0)


async def test_fifty_sends_at_once_on_fifty_conversations_all_end_well(alice: Client) -> None:
    conversations = [(await alice.conversation())["id"] for _ in range(50)]
    sends = [alice.send(one, f"Message {n}") for n, one in enumerate(conversations)]
    payloads = await asyncio.gather(*sends)
    assert {payload["reply"]["status"] for payload in payloads} == {"COMPLETE"}
    for conversation in conversations:
        assert [one["index"] for one in await alice.messages(conversation)] == [0, 1]
    assert await alice.usage() == (50 * 18, 0)


async def test_racing_sends_never_take_more_than_the_limit_allows(
    parley: Served, model: ScriptedModel
) -> None:
    limit = 3 * 1100
    carol = await parley.client(limit=limit)
    conversations = [(await carol.conversation())["id"] for _ in range(10)]
    with model.holding():
        sends = [carol.try_send(one, "Hello", wait=False) for one in conversations]
        answers = await asyncio.gather(*sends)
        used, reserved = await carol.usage()
        assert used + reserved <= limit
    codes = [one.code for one in answers if "errors" in one.body]
    assert codes == ["TOKEN_LIMIT_EXCEEDED"] * 7


async def test_a_refusal_for_the_limit_says_when_it_resets_and_stores_nothing(
    parley: Served,
) -> None:
    carol = await parley.client(limit=10)
    conversation = (await carol.conversation())["id"]
    answer = await carol.try_send(conversation, "Hello")
    assert answer.code == "TOKEN_LIMIT_EXCEEDED"
    assert answer.error["extensions"]["resetsAt"].endswith("-01T00:00:00+00:00")
    assert await carol.messages(conversation) == []
    assert await carol.usage() == (0, 0)


async def test_the_model_gets_the_prompt_once_and_the_last_messages_oldest_first(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation(systemPrompt="Be brief."))["id"]
    await alice.send(conversation, "One")
    model.next(refuse_for_long(500))
    await alice.try_send(conversation, "Two")
    await alice.send(conversation, "Three")
    sent = [(one["role"], one["content"]) for one in model.requests[-1]["messages"]]
    assert sent == [
        ("system", "Be brief."),
        ("user", "One"),
        ("assistant", "You said: One 🎉"),
        ("user", "Two"),
        ("user", "Three"),
    ]


async def test_personal_data_is_masked_on_the_way_out_and_stored_as_written(
    alice: Client, model: ScriptedModel
) -> None:
    text = "Write to jo@example.com"
    payload = await alice.send(None, text)
    assert payload["userMessage"]["content"] == text
    assert model.requests[0]["messages"][-1]["content"] == "Write to [REDACTED]"
    await alice.send(payload["conversation"]["id"], "Again")
    assert "jo@example.com" not in str(model.requests[1])


async def test_parameters_of_one_message_go_before_those_of_the_conversation(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation(temperature=0.1, maxTokens=50))["id"]
    await alice.send(conversation, "One")
    await alice.send(conversation, "Two", temperature=0, maxTokens=60, model="other-model")
    first, second = model.requests
    assert (first["model"], first["temperature"], first["max_tokens"]) == ("test-model", 0.1, 50)
    assert (second["model"], second["temperature"], second["max_tokens"]) == ("other-model", 0, 60)


async def test_a_provider_that_reports_no_usage_is_estimated(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(say("Four letters", usage=None))
    payload = await alice.send(None, "Hi")
    assert payload["reply"]["usageSource"] == "ESTIMATED"
    assert payload["reply"]["tokensUsed"] == 3


async def test_a_count_that_no_provider_can_mean_is_estimated_instead(
    alice: Client, model: ScriptedModel
) -> None:
    model.next(say("Hello", usage=(2**31 - 1, 2**31 - 1)))
    payload = await alice.send(None, "Hi")
    assert payload["reply"]["usageSource"] == "ESTIMATED"
    used, reserved = await alice.usage()
    assert (used < 100, reserved) == (True, 0)


@pytest.mark.one_process("waits for the runs of the process and looks into its bus")
async def test_a_send_beside_the_deletion_of_its_conversation_leaves_nothing_behind(
    alice: Client, parley: Served
) -> None:
    delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
    for _ in range(10):
        conversation = (await alice.conversation())["id"]
        await asyncio.gather(
            alice.try_send(conversation, "Hello", wait=False), alice(delete, id=conversation)
        )
    await parley.application.live.close()
    _, reserved = await alice.usage()
    assert reserved == 0
    assert isinstance(parley.application.bus, MemoryBus)
    assert parley.application.bus.topics == 0
