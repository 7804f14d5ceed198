"""searchMessages over HTTP."""

import re
from pathlib import Path

import pytest

from tests.operations.test_statement_counts import counted
from tests.served import Answer, Client, Json

SEARCH = """query ($query: String!, $first: Int, $after: String) {
    searchMessages(query: $query, first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id }
        edges { cursor highlight node { id index role content } conversation { id name } }
    }
}"""


async def search(client: Client, query: str, **arguments: object) -> Json:
    """What a search finds."""
    answer: Answer = await client(SEARCH, query=query, **arguments)
    found: Json = answer.data["searchMessages"]
    assert found["nodes"] == [{"id": edge["node"]["id"]} for edge in found["edges"]]
    return found


async def test_a_hit_comes_with_its_conversation_its_index_and_its_matches(alice: Client) -> None:
    conversation = (await alice.conversation(name="Trees", systemPrompt="Of pears"))["id"]
    await alice.send(conversation, "Is <b>Péar</b> a fruit?")
    found = await search(alice, "pear")
    [edge] = [edge for edge in found["edges"] if edge["node"]["role"] == "USER"]
    assert edge["conversation"] == {"id": conversation, "name": "Trees"}
    assert (edge["node"]["index"], edge["node"]["role"]) == (1, "USER")
    assert edge["highlight"] == "Is &lt;b&gt;<mark>Péar</mark>&lt;/b&gt; a fruit?"
    assert found["totalCount"] == 2  # the scripted model repeats what it hears
    assert found["pageInfo"]["hasNextPage"] is found["pageInfo"]["hasPreviousPage"] is False


async def test_an_edit_is_found_in_its_variant_and_what_it_replaced_where_it_was(
    alice: Client,
) -> None:
    conversation = (await alice.conversation())["id"]
    sent = await alice.send(conversation, "A green pear")
    edit = """mutation ($input: EditMessageInput!) {
        editMessage(input: $input) { conversation { id } }
    }"""
    edited = await alice(
        edit,
        input={"messageId": sent["userMessage"]["id"], "content": "A pear"},
    )
    variant = edited.data["editMessage"]["conversation"]["id"]
    places = {
        edge["node"]["content"]: edge["conversation"]["id"]
        for edge in (await search(alice, "pear"))["edges"]
        if edge["node"]["role"] == "USER"
    }
    assert places == {"A green pear": conversation, "A pear": variant}


async def test_nobody_finds_what_is_somebody_elses(alice: Client, bob: Client) -> None:
    await alice.send((await alice.conversation())["id"], "A pear")
    found = await search(bob, "pear")
    assert (found["totalCount"], found["edges"]) == (0, [])


async def test_pages_hold_every_hit_once(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    for number in range(5):
        await alice.send(conversation, f"Pear {number}")
    ids, after = [], None
    while True:
        page = await search(alice, "pear", first=3, after=after)
        assert page["totalCount"] == 10
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        ids += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(ids) == len(set(ids)) == 10
    assert (await search(alice, "pear", after=after))["edges"] == []


async def test_what_is_no_search_is_told_by_its_field(alice: Client) -> None:
    await alice.send((await alice.conversation())["id"], "A pear, and another pear")
    cursor = (await search(alice, "pear"))["pageInfo"]["endCursor"]
    for arguments, field in (
        ({"query": "x" * 201}, "query"),
        ({"query": "pe\0ar"}, "query"),
        ({"query": "pear \ud800"}, "query"),
        ({"query": "pear", "first": 0}, "first"),
        ({"query": "pear", "first": 101}, "first"),
        ({"query": "pear", "after": "nonsense"}, "after"),
        ({"query": "another", "after": cursor}, "after"),
    ):
        answer = await alice(SEARCH, **arguments)
        assert answer.code == "BAD_USER_INPUT", arguments
        assert answer.body["errors"][0]["extensions"]["field"] == field


@pytest.mark.parametrize("query", ["", "***", '"', "-pear"])
async def test_a_query_without_a_word_finds_nothing(alice: Client, query: str) -> None:
    await alice.send((await alice.conversation())["id"], "A pear")
    assert (await search(alice, query))["totalCount"] == 0


@pytest.mark.one_process("counts the statements of the process")
async def test_a_page_takes_one_statement_and_its_conversations_another(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(30):
        await alice.send((await alice.conversation())["id"], f"Pear {number}")
    numbers = []
    for first in (2, 30):
        with counted(caplog) as statements:
            assert len((await search(alice, "pear", first=first))["edges"]) == first
        numbers.append(len(statements))
    assert numbers == [2, 2], statements


async def test_the_documented_search_works(alice: Client) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/search.md").read_text(encoding="utf-8")
    [query] = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
    await alice.send((await alice.conversation())["id"], "A red car")
    answer = await alice(query, query="red ca")
    highlights = [edge["highlight"] for edge in answer.data["searchMessages"]["edges"]]
    assert "A <mark>red</mark> <mark>car</mark>" in highlights
