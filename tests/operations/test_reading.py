"""viewer, node, message, run, models, usage, checkMessage, and the pages of messages."""

import pytest

from tests.served import Client

PAGE = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    messages(conversationId: $id, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        edges { cursor node { index } }
        nodes { index }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}"""


OPENED = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    conversation(id: $id) {
        messages(first: $first, after: $after, last: $last, before: $before) {
            nodes { index }
            pageInfo { startCursor endCursor }
        }
    }
}"""


async def test_the_viewer_is_whoever_holds_the_token(alice: Client) -> None:
    query = "{ viewer { name email role apiTokens { name } usage { tokensUsed } } }"
    viewer = (await alice(query)).data["viewer"]
    assert viewer == {
        "name": "User 1",
        "email": "user1@example.org",
        "role": "MEMBER",
        "apiTokens": [{"name": "test"}],
        "usage": {"tokensUsed": 0},
    }


async def test_node_finds_everything_that_has_an_id(alice: Client) -> None:
    payload = await alice.send(None, "Hello")
    viewer = (await alice("{ viewer { id apiTokens { id } } }")).data["viewer"]
    wanted = {
        viewer["id"]: "User",
        viewer["apiTokens"][0]["id"]: "ApiToken",
        payload["conversation"]["id"]: "Conversation",
        payload["reply"]["id"]: "Message",
        payload["run"]["id"]: "Run",
    }
    for id_, name in wanted.items():
        node = (await alice("query ($id: ID!) { node(id: $id) { __typename id } }", id=id_)).data
        assert node["node"] == {"__typename": name, "id": id_}


async def test_a_run_knows_its_turn(alice: Client) -> None:
    payload = await alice.send(None, "Hello")
    query = """query ($id: ID!) {
        run(id: $id) {
            status startedAt firstTokenAt finishedAt
            conversation { id } userMessage { id } reply { id content }
        }
    }"""
    run = (await alice(query, id=payload["run"]["id"])).data["run"]
    assert run["status"] == "COMPLETE"
    assert run["startedAt"] <= run["firstTokenAt"] <= run["finishedAt"]
    assert run["conversation"]["id"] == payload["conversation"]["id"]
    assert run["userMessage"]["id"] == payload["userMessage"]["id"]
    assert run["reply"]["content"] == payload["reply"]["content"]


async def test_models_lists_the_default_one_first(alice: Client) -> None:
    assert (await alice("{ models { name default } }")).data["models"] == [
        {"name": "test-model", "default": True},
        {"name": "other-model", "default": False},
    ]


async def test_usage_tells_the_month_and_when_it_ends(alice: Client) -> None:
    query = (
        "query ($month: String) { usage(month: $month) { month resetsAt tokensUsed tokenLimit } }"
    )
    assert (await alice(query, month="2024-12")).data["usage"] == {
        "month": "2024-12",
        "resetsAt": "2025-01-01T00:00:00+00:00",
        "tokensUsed": 0,
        "tokenLimit": None,
    }


async def test_check_message_shows_what_would_be_sent(alice: Client) -> None:
    query = """query ($content: String!) {
        checkMessage(content: $content) { redacted findings { kind count } }
    }"""
    found = (await alice(query, content="jo@example.com, al@example.com")).data["checkMessage"]
    assert found == {
        "redacted": "[REDACTED], [REDACTED]",
        "findings": [{"kind": "email", "count": 2}],
    }


@pytest.mark.parametrize(
    ("arguments", "indexes", "previous", "following"),
    [
        ({}, range(20), False, True),
        ({"first": 3}, range(3), False, True),
        ({"first": 100}, range(24), False, False),
        ({"last": 2}, range(22, 24), True, False),
        ({"last": 100}, range(24), False, False),
    ],
)
async def test_a_page_of_messages_is_a_range_of_indexes(
    alice: Client,
    arguments: dict[str, int],
    indexes: range,
    previous: bool,
    following: bool,
) -> None:
    conversation = (await alice.conversation())["id"]
    for number in range(12):
        await alice.send(conversation, f"Message {number}")
    page = (await alice(PAGE, id=conversation, **arguments)).data["messages"]
    assert [edge["node"]["index"] for edge in page["edges"]] == list(indexes)
    assert [node["index"] for node in page["nodes"]] == list(indexes)
    assert page["totalCount"] == 24
    assert page["pageInfo"]["hasPreviousPage"] is previous
    assert page["pageInfo"]["hasNextPage"] is following
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]


async def test_cursors_walk_forwards_and_backwards_over_every_message_once(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    for number in range(4):
        await alice.send(conversation, f"Message {number}")
    seen: list[int] = []
    after = None
    while True:
        page = (await alice(PAGE, id=conversation, first=3, after=after)).data["messages"]
        seen += [node["index"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == list(range(8))
    back = (await alice(PAGE, id=conversation, last=3, before=after)).data["messages"]
    assert [node["index"] for node in back["nodes"]] == [4, 5, 6]


async def test_conversations_page_in_both_directions(alice: Client) -> None:
    made = [(await alice.conversation(name=f"C{number}"))["id"] for number in range(5)]
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
        conversations(first: $first, after: $after, last: $last, before: $before) {
            nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor }
        }
    }"""
    newest_first = made[::-1]
    first = (await alice(query, first=2)).data["conversations"]
    assert [one["id"] for one in first["nodes"]] == newest_first[:2]
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await alice(query, first=2, after=first["pageInfo"]["endCursor"])).data
    assert [one["id"] for one in second["conversations"]["nodes"]] == newest_first[2:4]
    assert second["conversations"]["pageInfo"]["hasPreviousPage"] is True
    end = (await alice(query, last=2)).data["conversations"]
    assert [one["id"] for one in end["nodes"]] == newest_first[3:]
    assert end["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "endCursor": end["edges"][-1]["cursor"],
    }
    before = (await alice(query, last=2, before=end["edges"][0]["cursor"])).data["conversations"]
    assert [one["id"] for one in before["nodes"]] == newest_first[1:3]


@pytest.mark.parametrize(
    ("given", "indexes"),
    [
        ({}, [0, 1, 2, 3]),
        ({"first": 3}, [0, 1, 2]),
        ({"first": 2, "after": "start"}, [1, 2]),
        ({"last": 3}, [1, 2, 3]),
        ({"last": 2, "before": "end"}, [1, 2]),
        ({"first": 2, "after": None, "last": None, "before": None}, [0, 1]),
    ],
)
async def test_a_conversation_shows_the_page_that_variables_ask_for_sent_or_not(
    alice: Client, given: dict[str, object], indexes: list[int]
) -> None:
    conversation = (await alice.conversation())["id"]
    for text in ("One", "Two"):
        await alice.send(conversation, text)
    whole = (await alice(OPENED, id=conversation)).data["conversation"]["messages"]
    cursors = {"start": whole["pageInfo"]["startCursor"], "end": whole["pageInfo"]["endCursor"]}
    sent = {name: cursors.get(str(value), value) for name, value in given.items()}
    page = (await alice(OPENED, id=conversation, **sent)).data["conversation"]["messages"]
    assert [node["index"] for node in page["nodes"]] == indexes
