"""createConversation, updateConversation, deleteConversation, conversation, conversations."""

from tests.scripted_model import ScriptedModel
from tests.served import Client, Json

CREATE = """mutation ($input: CreateConversationInput!) {
    createConversation(input: $input) {
        conversation {
            id name model systemPrompt temperature maxTokens messageCount tokensUsed
            archivedAt parent { id } branchKind branchedAtIndex activeRun { id }
            lastMessage { role content index } activeVariant { id }
        }
    }
}"""
UPDATE = """mutation ($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
        conversation { id name model systemPrompt temperature maxTokens archivedAt messageCount }
    }
}"""
LIST = """query ($filter: ConversationFilter) {
    conversations(filter: $filter) { totalCount nodes { id name } }
}"""


async def create(client: Client, **fields: object) -> Json:
    """A new conversation with all its fields."""
    conversation: Json = (await client(CREATE, input=fields)).data["createConversation"][
        "conversation"
    ]
    return conversation


async def update(client: Client, id_: str, **fields: object) -> Json:
    """The changed conversation."""
    answer = await client(UPDATE, input={"id": id_, **fields})
    conversation: Json = answer.data["updateConversation"]["conversation"]
    return conversation


async def names(client: Client, **wanted: object) -> list[str]:
    """The names that a filter lists."""
    answer = await client(LIST, filter=wanted)
    listed = answer.data["conversations"]
    assert listed["totalCount"] == len(listed["nodes"])
    return [one["name"] for one in listed["nodes"]]


async def test_a_conversation_starts_empty_with_the_deployments_model(alice: Client) -> None:
    made = await create(alice)
    assert made["model"] == "test-model"
    assert made["messageCount"] == 0
    assert made["lastMessage"] is None
    assert made["parent"] is None
    assert made["activeVariant"]["id"] == made["id"]


async def test_a_preset_becomes_the_prompt_and_message_zero(alice: Client) -> None:
    presets = (await alice("{ promptPresets { key prompt } }")).data["promptPresets"]
    prompts = {preset["key"]: preset["prompt"] for preset in presets}
    assert set(prompts) == {"general", "customer_support", "technical_support", "sales"}
    made = await create(alice, preset="customer_support")
    assert made["systemPrompt"] == prompts["customer_support"]
    assert made["lastMessage"] == {
        "role": "SYSTEM",
        "content": prompts["customer_support"],
        "index": 0,
    }


async def test_a_prompt_of_ones_own_goes_before_a_preset(alice: Client) -> None:
    made = await create(alice, preset="sales", systemPrompt="Mine")
    assert made["systemPrompt"] == "Mine"


async def test_every_field_of_a_new_conversation_is_stored(alice: Client) -> None:
    made = await create(
        alice, name="Trip", model="other-model", systemPrompt="P", temperature=2, maxTokens=7
    )
    query = """query ($id: ID!) {
        conversation(id: $id) { name model systemPrompt temperature maxTokens }
    }"""
    assert (await alice(query, id=made["id"])).data["conversation"] == {
        "name": "Trip",
        "model": "other-model",
        "systemPrompt": "P",
        "temperature": 2,
        "maxTokens": 7,
    }


async def test_what_an_update_leaves_out_stays_and_null_clears(alice: Client) -> None:
    made = await create(alice, name="A", systemPrompt="P", temperature=1, maxTokens=9)
    changed = await update(alice, made["id"], name="B")
    assert (changed["name"], changed["temperature"], changed["maxTokens"]) == ("B", 1, 9)
    cleared = await update(alice, made["id"], temperature=None, maxTokens=None, model=None)
    assert (cleared["temperature"], cleared["maxTokens"]) == (None, None)
    assert cleared["model"] == "test-model"
    assert cleared["systemPrompt"] == "P"


async def test_a_changed_prompt_is_appended_and_alone_in_force(
    alice: Client, model: ScriptedModel
) -> None:
    made = await create(alice, systemPrompt="Old")
    await alice.send(made["id"], "One")
    changed = await update(alice, made["id"], systemPrompt="New")
    assert changed["messageCount"] == 4
    await update(alice, made["id"], systemPrompt="New", name="Same prompt, nothing appended")
    await alice.send(made["id"], "Two")
    roles = [one["role"] for one in await alice.messages(made["id"])]
    assert roles == ["SYSTEM", "USER", "ASSISTANT", "SYSTEM", "USER", "ASSISTANT"]
    sent = model.requests[-1]["messages"]
    assert [one["content"] for one in sent if one["role"] == "system"] == ["New"]
    assert sent[0]["content"] == "New"


async def test_a_cleared_prompt_is_sent_no_more(alice: Client, model: ScriptedModel) -> None:
    made = await create(alice, systemPrompt="Old")
    cleared = await update(alice, made["id"], systemPrompt=None)
    assert cleared["systemPrompt"] is None
    await alice.send(made["id"], "One")
    assert [one["role"] for one in model.requests[-1]["messages"]] == ["user"]


async def test_lists_show_the_newest_first_and_filter(alice: Client) -> None:
    for name in ("Été à Paris", "Budget", "été au lac"):
        await create(alice, name=name)
    archived = await create(alice, name="Archived")
    await update(alice, archived["id"], archived=True)
    assert await names(alice) == ["été au lac", "Budget", "Été à Paris"]
    assert await names(alice, archived=True) == ["Archived"]
    assert len(await names(alice, archived=None)) == 4
    assert await names(alice, nameContains="ÉTÉ") == ["été au lac", "Été à Paris"]
    assert await names(alice, nameContains="100%_") == []
    assert len(await names(alice, includeVariants=None)) == 3
    await update(alice, archived["id"], archived=False)
    assert len(await names(alice)) == 4


async def test_a_deleted_conversation_is_gone_with_its_messages(alice: Client) -> None:
    payload = await alice.send(None, "Bye")
    conversation = payload["conversation"]["id"]
    delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
    answer = await alice(delete, id=conversation)
    assert answer.data["deleteConversation"]["deletedId"] == conversation
    query = """query ($c: ID!, $m: ID!, $r: ID!) {
        conversation(id: $c) { id } message(id: $m) { id } run(id: $r) { id }
    }"""
    found = await alice(query, c=conversation, m=payload["reply"]["id"], r=payload["run"]["id"])
    assert found.data == {"conversation": None, "message": None, "run": None}
    assert (await alice(delete, id=conversation)).code == "NOT_FOUND"


async def test_deleting_stops_the_run_and_books_what_it_used(
    alice: Client, model: ScriptedModel
) -> None:
    with model.holding():
        payload = await alice.send(None, "Long story, please", wait=False)
        await model.until_asked(1)
        delete = "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }"
        await alice(delete, id=payload["conversation"]["id"])
        used, reserved = await alice.usage()
    assert used > 0
    assert reserved == 0
