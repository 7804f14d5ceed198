"""exportConversation and importConversations."""

import json

from tests.conftest import StartParley
from tests.scripted_model import ScriptedModel, refuse
from tests.served import Answer, Client, Json

EXPORT = """query ($id: ID!, $format: ExportFormat! = JSON) {
    exportConversation(id: $id, format: $format)
}"""
IMPORT = """mutation ($data: String!, $format: ImportFormat! = JSON) {
    importConversations(input: {data: $data, format: $format}) {
        conversations { id name messageCount tokensUsed activeVariant { id } }
        skipped { position reason }
    }
}"""
REGENERATE = """mutation ($id: ID!) {
    regenerateReply(input: {messageId: $id}) { reply { content } conversation { branchKind } }
}"""
CHATGPT = [
    {
        "conversation_id": "c1",
        "title": "Whales",
        "create_time": 1700000000,
        "current_node": "a",
        "default_model_slug": "gpt-4o",
        "mapping": {
            "u": {
                "parent": None,
                "children": ["a", "b"],
                "message": {"author": {"role": "user"}, "content": {"parts": ["Are they fish?"]}},
            },
            "a": {
                "parent": "u",
                "message": {"author": {"role": "assistant"}, "content": {"parts": ["No."]}},
            },
            "b": {
                "parent": "u",
                "message": {"author": {"role": "assistant"}, "content": {"parts": ["Mammals."]}},
            },
        },
    },
    None,
]


async def export(client: Client, conversation: str, form: str = "JSON") -> str:
    """The text."""
    return str((await client(EXPORT, id=conversation, format=form)).data["exportConversation"])


async def try_import(client: Client, data: str, form: str = "JSON") -> Answer:
    """The whole answer."""
    return await client(IMPORT, data=data, format=form)


async def imported(client: Client, data: str, form: str = "JSON") -> Json:
    """What came of it."""
    report: Json = (await try_import(client, data, form)).data["importConversations"]
    return report


async def test_bob_gets_what_alice_exported_and_may_go_on_with_it(
    alice: Client, bob: Client
) -> None:
    root = (await alice.conversation(name="Root", systemPrompt="P"))["id"]
    sent = await alice.send(root, "One")
    await alice(REGENERATE, id=sent["reply"]["id"])
    report = await imported(bob, await export(alice, root))
    assert report["skipped"] == []
    [made] = report["conversations"]
    assert (made["name"], made["messageCount"]) == ("Root", 3)
    assert made["tokensUsed"] == 18
    assert made["activeVariant"]["id"] != made["id"]
    assert await bob.usage() == (0, 0)
    messages = await bob.messages(made["id"])
    for one, two in zip(messages, await alice.messages(root), strict=True):
        assert one | {"id": ""} == two | {"id": ""}
    again = (await bob(REGENERATE, id=messages[-1]["id"])).data["regenerateReply"]
    assert again["conversation"]["branchKind"] == "REGENERATION"
    answer = await bob.send(made["id"], "Two")
    assert answer["reply"]["content"] == "You said: Two 🎉"


async def test_a_repeat_skips_what_is_here(alice: Client, bob: Client) -> None:
    root = (await alice.conversation())["id"]
    text = await export(alice, root)
    for client in (alice, bob):
        await imported(client, text)
        report = await imported(client, text)
        assert report == {
            "conversations": [],
            "skipped": [{"position": 2, "reason": "is here already"}],
        }


async def test_what_was_imported_is_found_at_once(alice: Client, bob: Client) -> None:
    root = (await alice.conversation())["id"]
    await alice.send(root, "Is a narwhal a whale?")
    await imported(bob, await export(alice, root))
    search = """{ searchMessages(query: "narwhal") { nodes { role index } } }"""
    found = (await bob(search)).data["searchMessages"]["nodes"]
    assert sorted(found, key=lambda one: one["index"]) == [
        {"role": "USER", "index": 0},
        {"role": "ASSISTANT", "index": 1},
    ]


async def test_a_malformed_import_says_which_line_and_changes_nothing(
    alice: Client, bob: Client
) -> None:
    root = (await alice.conversation(systemPrompt="P"))["id"]
    text = (await export(alice, root)).replace('"index":0', '"index":"0"')
    answer = await try_import(bob, text)
    assert answer.code == "BAD_USER_INPUT"
    assert answer.error["message"] == (
        "Line 3: index must be a whole number from 0 to 2,147,483,647."
    )
    assert answer.error["extensions"]["line"] == 3
    assert answer.error["extensions"]["field"] == "data"
    listed = await bob("{ conversations { totalCount } }")
    assert listed.data["conversations"]["totalCount"] == 0


async def test_chatgpts_tree_becomes_a_conversation_with_a_variant(alice: Client) -> None:
    report = await imported(alice, json.dumps(CHATGPT), "CHATGPT")
    assert report["skipped"] == [{"position": 2, "reason": "is no conversation with an id"}]
    [made] = report["conversations"]
    assert (made["name"], made["messageCount"]) == ("Whales", 2)
    answer = await alice(
        """query ($id: ID!) {
            messages(conversationId: $id) { nodes { content variants { content } } }
        }""",
        id=made["id"],
    )
    reply = answer.data["messages"]["nodes"][1]
    assert reply["content"] == "No."
    assert {one["content"] for one in reply["variants"]} == {"No.", "Mammals."}
    again = await imported(alice, json.dumps(CHATGPT), "CHATGPT")
    assert again["conversations"] == []
    assert {one["position"] for one in again["skipped"]} == {1, 2}


async def test_a_model_that_is_not_offered_is_refused_only_when_it_is_asked(
    alice: Client,
) -> None:
    [made] = (await imported(alice, json.dumps(CHATGPT), "CHATGPT"))["conversations"]
    refused = await alice.try_send(made["id"], "And sharks?")
    assert refused.code == "BAD_USER_INPUT"
    sent = await alice.send(made["id"], "And sharks?", model="other-model")
    assert sent["reply"]["content"]


async def test_markdown_and_openai_messages_are_of_this_conversation(
    alice: Client, model: ScriptedModel
) -> None:
    root = (await alice.conversation(name='A "name"', systemPrompt="Be brief"))["id"]
    await alice.send(root, "One\n# not a heading of ours")
    model.next(refuse(400))
    await alice.try_send(root, "Two")
    await alice(
        "mutation ($id: ID!) { updateConversation(input: {id: $id, systemPrompt: null}) "
        "{ conversation { id } } }",
        id=root,
    )
    text = await export(alice, root, "MARKDOWN")
    assert text.startswith('---\nname: "A \\"name\\""\nmodel: "test-model"\ndate: 20')
    assert "\n## System\n\nBe brief\n" in text
    assert "\n## User\n\nOne\n# not a heading of ours\n" in text
    assert "\n## Assistant\n\nYou said: One" in text
    assert "\n## Assistant (failed)\n" in text
    assert text.endswith("\n## System (no prompt any more)\n")
    messages = json.loads(await export(alice, root, "OPENAI_MESSAGES"))
    assert [one["role"] for one in messages] == ["user", "assistant", "user"]
    await alice(
        'mutation ($id: ID!) { updateConversation(input: {id: $id, systemPrompt: "Q"}) '
        "{ conversation { id } } }",
        id=root,
    )
    messages = json.loads(await export(alice, root, "OPENAI_MESSAGES"))
    assert messages[0] == {"role": "system", "content": "Q"}


async def test_what_is_not_ones_own_is_not_exported(alice: Client, bob: Client) -> None:
    root = (await alice.conversation())["id"]
    for form in ("JSON", "MARKDOWN", "OPENAI_MESSAGES"):
        assert (await bob(EXPORT, id=root, format=form)).code == "NOT_FOUND"


async def test_an_import_counts_as_a_send(start_parley: StartParley) -> None:
    async with start_parley(send_rate_limit="1/hour") as parley:
        client = await parley.client()
        await imported(client, "[]", "CHATGPT")
        assert (await try_import(client, "[]", "CHATGPT")).code == "RATE_LIMITED"


async def test_what_is_too_long_for_an_answer_is_refused(alice: Client) -> None:
    root = (await alice.conversation(systemPrompt="😀" * 80_000))["id"]
    for number in range(55):
        await alice(
            "mutation ($id: ID!, $p: String) { updateConversation("
            "input: {id: $id, systemPrompt: $p}) { conversation { id } } }",
            id=root,
            p=f"{number}" + "😀" * 80_000,
        )
    answer = await alice(EXPORT, id=root)
    assert answer.code == "QUERY_TOO_COMPLEX"
    assert answer.error["extensions"]["limit"] == "exportBytes"
