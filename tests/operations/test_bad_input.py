"""Bad input gets BAD_USER_INPUT with the field named, never a 5xx, and changes nothing."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.identifiers import uuid7
from resolvers.ids import Kind, decode
from resolvers.pages import message_list
from tests.served import Client

SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }"
CREATE = """mutation ($input: CreateConversationInput!) {
    createConversation(input: $input) { conversation { id } }
}"""
UPDATE = """mutation ($input: UpdateConversationInput!) {
    updateConversation(input: $input) { conversation { id } }
}"""
BRANCH = """mutation ($input: BranchConversationInput!) {
    branchConversation(input: $input) { conversation { id } }
}"""
TOKEN = "mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret } }"
LIST = """query (
    $first: Int, $last: Int, $after: String, $before: String, $filter: ConversationFilter
) {
    conversations(first: $first, last: $last, after: $after, before: $before, filter: $filter) {
        totalCount
    }
}"""
MESSAGES = """query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
    messages(conversationId: $id, first: $first, last: $last, after: $after, before: $before) {
        totalCount
    }
}"""

BAD_TEXTS = ["", " \n\t ", "\x00", "a\x00b", "\ud800", "emoji cut: \ud83d", "\udc00 first"]
LONG = "x" * 100_001
LONG_NAME = "x" * 201
BAD_IDS = [
    "",
    "x",
    "1",
    "conversation_",
    "conversation_zz",
    str(uuid7()),
    "\x00",
    "message_" + "0" * 32,
]

CASES = [
    *[(SEND, {"input": {"content": text}}, "content") for text in [*BAD_TEXTS, LONG]],
    *[
        (SEND, {"input": {"content": "x", "temperature": one}}, "temperature")
        for one in (-0.1, 2.1, 1e300)
    ],
    *[
        (SEND, {"input": {"content": "x", "maxTokens": one}}, "maxTokens")
        for one in (0, -1, 128_001)
    ],
    *[
        (SEND, {"input": {"content": "x", "model": one}}, "model")
        for one in ("gpt-unknown", "", "\ud800")
    ],
    *[
        (SEND, {"input": {"content": "x", "idempotencyKey": one}}, "idempotencyKey")
        for one in ["", " ", "\x00", LONG_NAME]
    ],
    *[
        (SEND, {"input": {"content": "x", "conversationId": one}}, "conversationId")
        for one in BAD_IDS
    ],
    *[(CREATE, {"input": {"name": text}}, "name") for text in [*BAD_TEXTS, LONG_NAME]],
    *[(CREATE, {"input": {"systemPrompt": text}}, "systemPrompt") for text in [*BAD_TEXTS, LONG]],
    (CREATE, {"input": {"preset": "nonsense"}}, "preset"),
    (CREATE, {"input": {"model": "nonsense"}}, "model"),
    (CREATE, {"input": {"temperature": 3}}, "temperature"),
    (CREATE, {"input": {"maxTokens": 0}}, "maxTokens"),
    *[(UPDATE, {"input": {"id": one, "name": "x"}}, "id") for one in BAD_IDS],
    *[(BRANCH, {"input": {"conversationId": one}}, "conversationId") for one in BAD_IDS],
    *[(TOKEN, {"input": {"name": text}}, "name") for text in BAD_TEXTS],
    (TOKEN, {"input": {"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}}, "expiresAt"),
    (TOKEN, {"input": {"name": "x", "expiresAt": "2099-01-01T00:00:00"}}, "expiresAt"),
    *[(LIST, {"first": one}, "first") for one in (0, -1, 101)],
    *[(LIST, {"last": one}, "last") for one in (0, -1, 101)],
    (LIST, {"first": 1, "last": 1}, "last"),
    *[(LIST, {"after": one}, "after") for one in ("", "x", "AAAA", "☃", "A" * 44)],
    *[(LIST, {"before": one}, "before") for one in ("", "x", "\x00")],
    (LIST, {"filter": {"nameContains": "\x00"}}, "nameContains"),
    (LIST, {"filter": {"nameContains": "\ud800"}}, "nameContains"),
    *[(LIST, {"filter": {"parentId": one}}, "parentId") for one in BAD_IDS],
    *[(MESSAGES, {"id": one}, "conversationId") for one in BAD_IDS],
    ("query ($m: String) { usage(month: $m) { month } }", {"m": "2026-13"}, "month"),
    ("query ($m: String) { usage(month: $m) { month } }", {"m": "x"}, "month"),
    ("query ($c: String!) { checkMessage(content: $c) { redacted } }", {"c": "\ud800"}, "content"),
    ("query ($i: ID!) { node(id: $i) { id } }", {"i": "nonsense"}, "id"),
]


async def ask(client: Client, query: str, variables: object) -> tuple[int, str]:
    """Status and body of an operation whose JSON may hold halves of surrogate pairs."""
    body = json.dumps({"query": query, "variables": variables})
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    async with client.session.post(
        f"{client.url}/graphql", data=body.encode(), headers=headers
    ) as response:
        return response.status, await response.text()


async def test_bad_input_names_its_field_and_changes_nothing(alice: Client) -> None:
    for query, variables, field in CASES:
        status, text = await ask(alice, query, variables)
        errors = json.loads(text)["errors"]
        where = (query[:40], str(variables)[:80], text[:300])
        assert status == 200, where
        assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"], where
        assert errors[0]["extensions"]["field"] == field, where
        assert field in errors[0]["message"], where
        assert errors[0]["extensions"]["requestId"], where
    listed = (await alice("{ conversations(filter: {archived: null}) { totalCount } }")).data
    assert listed["conversations"]["totalCount"] == 0
    assert await alice.usage() == (0, 0)


WRONG_SHAPES: Sequence[tuple[str, object]] = [
    (SEND, {"input": {"content": None}}),
    (SEND, {"input": {"content": 7}}),
    (SEND, {"input": {"content": "x", "temperature": "hot"}}),
    (SEND, {"input": {"content": "x", "maxTokens": 2**31}}),
    (SEND, {"input": {"content": "x", "onBusy": "PANIC"}}),
    (SEND, {"input": {}}),
    (SEND, {}),
    (SEND, {"input": {"content": "\ud800", "unknown\ud800": "\ud800"}}),
    ("{ nonsense }", {}),
    ("{ viewer { name }", {}),
    ("", {}),
    ("subscription { newMessages }", {}),
]


async def test_requests_that_do_not_fit_the_schema_are_bad_user_input(alice: Client) -> None:
    for query, variables in WRONG_SHAPES:
        status, text = await ask(alice, query, variables)
        assert status < 500, (query, text)
        if status == 200:
            codes = {error["extensions"]["code"] for error in json.loads(text)["errors"]}
            assert codes == {"BAD_USER_INPUT"}, (query, text)


async def test_cursors_of_other_lists_and_other_users_are_refused(
    alice: Client, bob: Client
) -> None:
    first = (await alice.send(None, "One"))["conversation"]["id"]
    second = (await alice.send(None, "Two"))["conversation"]["id"]
    page = "query ($id: ID!) { messages(conversationId: $id) { pageInfo { endCursor } } }"
    cursor = (await alice(page, id=first)).data["messages"]["pageInfo"]["endCursor"]
    listed = (await alice("{ conversations { pageInfo { endCursor } } }")).data
    list_cursor = listed["conversations"]["pageInfo"]["endCursor"]
    for client, query, variables in (
        (alice, MESSAGES, {"id": second, "after": cursor}),
        (alice, MESSAGES, {"id": second, "after": list_cursor}),
        (alice, LIST, {"after": cursor}),
        (alice, LIST, {"after": list_cursor, "filter": {"archived": True}}),
        (bob, LIST, {"after": list_cursor}),
    ):
        answer = await client(query, **variables)
        assert answer.code == "BAD_USER_INPUT"
        assert answer.error["extensions"]["field"] == "after"


async def test_an_after_index_below_minus_one_is_refused(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    query = "subscription ($id: ID!) { newMessages(conversationId: $id, afterIndex: -2) { id } }"
    async with alice.events(query, id=conversation) as stream:
        _, payload = await stream.next()
    assert payload["errors"][0]["extensions"]["field"] == "afterIndex"


@pytest.mark.parametrize("after", [0, 5, 2**31 - 1])
async def test_an_after_index_behind_the_last_message_is_refused(alice: Client, after: int) -> None:
    conversation = (await alice.conversation())["id"]
    query = """subscription ($id: ID!, $n: Int) {
        newMessages(conversationId: $id, afterIndex: $n) { id }
    }"""
    async with alice.events(query, id=conversation, n=after) as stream:
        _, payload = await stream.next()
    assert payload["errors"][0]["extensions"]["field"] == "afterIndex"


@pytest.mark.parametrize("place", ["x", "-5000000000", "99999999999", "²"])
async def test_a_cursor_that_was_put_together_by_hand_is_refused(alice: Client, place: str) -> None:
    conversation = (await alice.conversation())["id"]
    of = message_list(alice.user.id, decode(Kind.CONVERSATION, conversation))
    forged = of.encode(place)  # as anyone can who reads the source
    answer = await alice(MESSAGES, id=conversation, after=forged)
    assert answer.code == "BAD_USER_INPUT"


TEXTS = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=300
).filter(lambda text: bool(text.strip()))


async def test_any_text_is_stored_and_returned_exactly(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    samples: list[str] = []

    @settings(
        max_examples=40,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(TEXTS)
    def collect(text: str) -> None:
        samples.append(text)

    collect()
    samples += [
        "\r\n",
        " x ",
        "\u202eRTL",
        "e\u0301 \u00e9",
        "𝕏" * 1000,
        "x" * 100_000,
        "\ufeffbom",
    ]
    samples = [text for text in samples if text.strip()]
    for text in samples:
        payload = await alice.send(conversation, text)
        assert payload["userMessage"]["content"] == text
        query = "query ($id: ID!) { message(id: $id) { content } }"
        stored = (await alice(query, id=payload["userMessage"]["id"])).data["message"]["content"]
        assert stored == text


LONGEST_TEXTS = {
    "every character there is, in turn": "".join(
        chr(point) for point in range(1, 100_001 + 0x800) if not 0xD800 <= point <= 0xDFFF
    )[:100_000],
    "the last plane": "".join(chr(0x10FFFF - number) for number in range(100_000)),
    "only emoji": "🎉" * 100_000,
    "one letter with marks": "e" + "\u0301" * 99_999,
    "line ends of every kind": "\r\n\x85\u2028\u2029" * 19_999 + "lines",
    "control characters": "".join(chr(1 + number % 31) for number in range(99_999)) + "x",
}


@pytest.mark.parametrize("text", LONGEST_TEXTS.values(), ids=LONGEST_TEXTS)
async def test_a_hundred_thousand_characters_of_any_kind_are_stored_and_returned_exactly(
    alice: Client, text: str
) -> None:
    assert len(text) == 100_000
    query = "mutation ($c: String!) { sendMessage(input: {content: $c}) { userMessage { id } } }"
    body = json.dumps({"query": query, "variables": {"c": text}}, ensure_ascii=False)
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    async with alice.session.post(
        f"{alice.url}/graphql", data=body.encode(), headers=headers
    ) as response:
        sent = (await response.json())["data"]["sendMessage"]["userMessage"]["id"]
    query = "query ($id: ID!) { message(id: $id) { content conversation { name } } }"
    stored = (await alice(query, id=sent)).data["message"]
    assert stored["content"] == text
    assert stored["conversation"]["name"]
