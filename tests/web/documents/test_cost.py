"""The cost of a document is that of the formula, and the usual documents can pay it."""

from collections.abc import Mapping

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.errors import QueryTooComplexError
from tests.web.documents.random_documents import VARIABLES, Naive, random_documents
from web.documents.cost import MOST, CostFormula
from web.documents.documents import Documents
from web.documents.shape import shape_of


def cost(schema: GraphQLSchema, text: str, variables: Mapping[str, object] | None = None) -> int:
    """The cost of a document's only operation."""
    document = parse(text)
    formula = CostFormula(schema, shape_of(document).fragments)
    [operation] = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    return formula.cost(operation, variables or {})


PAGED = "query ($n: Int = 7, $m: Int) { conversations(first: $n, last: $m) { nodes { id } } }"
FRAGMENT = """{ conversations(first: 3) { ...F } }
fragment F on ConversationConnection { totalCount nodes { id activeRun { id } } }"""
INLINE = """{ conversations(first: 3) {
    ... { nodes { id } }
    ... on ConversationConnection { edges { cursor } }
} }"""
EVENTS = """subscription { conversationEvents(conversationId: 1) {
    ... on MessageDelta { text }
    ... on MessageAdded { message { id } }
} }"""
MESSAGES = "messages(first: %d) { nodes { id content } pageInfo { endCursor } }"
LIST = "{ conversations(first: %d) { nodes { id name %s } } }"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Scalars cost nothing, objects 1.
        ("{ __typename }", 0),
        ("{ viewer { id name } }", 1),
        ("{ viewer { id usage { month } } }", 2),
        # Nothing selected is left out for being selected before, or by a directive.
        ("{ viewer { id } viewer { id } }", 2),
        ("{ viewer @skip(if: true) { id } }", 1),
        # A page: the connection, and each of its items with what is below it.
        ("{ conversations { nodes { id } } }", 1 + 20),
        ("{ conversations(first: 3) { nodes { id } } }", 1 + 3),
        ("{ conversations(last: 4) { nodes { id } } }", 1 + 4),
        ("{ conversations(first: 3) { edges { cursor } } }", 1 + 3),
        ("{ conversations(first: 3) { edges { node { id } } } }", 1 + 3 * 2),
        ("{ conversations(first: 3) { totalCount pageInfo { hasNextPage } } }", 1 + 1 + 1),
        (FRAGMENT, 1 + 1 + 3 * 2),
        (INLINE, 1 + 3 + 3),
        # Other lists are taken to hold ten.
        ("{ models { name } }", 10),
        ("{ viewer { apiTokens { id } } }", 1 + 10),
        ("{ node(id: 1) { ... on Message { variants { variants { id } } } } }", 1 + 10 * (1 + 10)),
        # What does work costs more.
        ('{ checkMessage(content: "a") { redacted findings { kind } } }', 10 + 10),
        ("mutation { deleteMyData { deletedMessages } }", 5),
        ('mutation { sendMessage(input: {content: "a"}) { tokensUsed reply { id } } }', 10 + 1),
        ("mutation { editMessage(input: {}) { run { reply { id } } } }", 10 + 2),
        ("mutation { regenerateReply(input: {}) { tokensUsed } }", 10),
        ("mutation { importConversations(input: {}) { skipped { reason } } }", 100 + 10),
        # A subscription costs its selection once.
        ("subscription { newMessages(conversationId: 1) { id conversation { id } } }", 2),
        (EVENTS, 1 + 1),
        # Introspection is measured by itself.
        ('{ __schema { types { name } } __type(name: "A") { name } viewer { id } }', 1),
    ],
)
def test_the_cost_is_that_of_the_formula(schema: GraphQLSchema, text: str, expected: int) -> None:
    assert cost(schema, text) == expected


@pytest.mark.parametrize(
    ("variables", "items"),
    [
        ({}, 7),
        ({"n": 50}, 50),
        ({"n": None}, 20),
        ({"n": None, "m": 30}, 30),
        ({"n": 4, "m": 30}, 30),
        # The resolver refuses these with a clear error; until then they count as the largest page.
        ({"n": 101}, 100),
        ({"n": 10**30}, 100),
        ({"n": 0}, 100),
        ({"n": -1}, 100),
        ({"n": True}, 100),
        ({"n": "5"}, 100),
        ({"n": [5]}, 100),
    ],
)
def test_the_size_of_a_page_may_be_a_variable(
    schema: GraphQLSchema, variables: Mapping[str, object], items: int
) -> None:
    assert cost(schema, PAGED, variables) == 1 + items


def test_a_connection_that_cannot_be_paged_counts_as_a_list() -> None:
    schema = build_schema("""
        type Query { all: ItemConnection, grid: [[Item]!], words: [String] }
        type ItemConnection { nodes: [Item] }
        type Item { id: ID }
    """)
    assert cost(schema, "{ all { nodes { id } } }") == 1 + 10
    assert cost(schema, "{ grid { id } words }") == 100


def test_exporting_a_conversation_costs_the_work_though_it_is_one_text() -> None:
    schema = build_schema("type Query { exportConversation: String, checked: Int }")
    assert cost(schema, "{ exportConversation checked }") == 10


def test_twenty_conversations_with_their_last_messages_are_cheap(documents: Documents) -> None:
    assert paid(documents, LIST % (20, "lastMessage { content }")) == 1 + 20 * 2


def test_twenty_messages_of_twenty_conversations_can_be_paid(documents: Documents) -> None:
    assert paid(documents, LIST % (20, MESSAGES % 20)) == 1 + 20 * (1 + 1 + 1 + 20)
    edges = "{ conversations { edges { node { messages { edges { node { id } } } } } } }"
    assert paid(documents, edges) == 1 + 20 * (1 + 1 + 1 + 20 * 2)


def test_a_hundred_messages_of_a_hundred_conversations_cannot(documents: Documents) -> None:
    document = documents.prepare(LIST % (100, MESSAGES % 100))
    with pytest.raises(QueryTooComplexError) as caught:
        document.check_cost(document.operation(None), {})
    error = caught.value
    assert (error.limit, error.found, error.allowed) == ("cost", 1 + 100 * 103, 3000)


def paid(documents: Documents, text: str) -> int:
    """The cost of a valid document, which the limit allows."""
    document = documents.prepare(text)
    assert not document.errors
    return document.check_cost(document.operation(None), {})


def test_the_cost_of_a_bomb_is_cut_off_and_fits_any_number_format(documents: Documents) -> None:
    links = " ".join(f"fragment A{i} on Query {{...A{i + 1} ...A{i + 1}}}" for i in range(40))
    text = f"{{...A0}} {links} fragment A40 on Query {{conversations {{nodes {{id}}}}}}"
    document = documents.prepare(text)
    assert not document.errors
    with pytest.raises(QueryTooComplexError) as caught:
        document.check_cost(document.operation(None), {})
    assert caught.value.found == MOST < 2**31


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_documents_cost_what_a_naive_walk_finds(
    schema: GraphQLSchema, data: st.DataObject
) -> None:
    text = data.draw(random_documents(schema))
    assert cost(schema, text, VARIABLES) == min(MOST, Naive(schema, parse(text)).cost())


def test_a_cost_that_is_remembered_is_that_of_the_sizes_that_are_asked_for(
    schema: GraphQLSchema,
) -> None:
    document = parse(PAGED)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    formula = CostFormula(schema)
    sizes: list[object] = [1, True, 3, None, 0, 101, "3", [3], 2.0, 3, 1]
    asked = [{}, *({name: size} for size in sizes for name in ("n", "m"))]
    for variables in [*asked, *reversed(asked)]:
        expected = CostFormula(schema).cost(operation, variables)
        assert formula.cost(operation, variables) == expected
