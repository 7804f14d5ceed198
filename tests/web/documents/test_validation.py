"""Validation ends in time, whatever comes, and knows whether introspection is on."""

from itertools import product

import pytest
from graphql import GraphQLSchema, get_introspection_query

from tests.web.documents.refusals import messages, refusal
from web.documents.documents import Documents
from web.documents.limits import OVERLAPS, DocumentLimits

OFF = "Introspection is switched off here."
USER = "id name email role createdAt "
REPEATED = {
    "a leaf": "{viewer{" + "id " * 900 + "}}",
    "an object": "{" + "viewer{id} " * 240 + "}",
    "with arguments": "{" + "conversation(id:1){id} " * 100 + "}",
    "in inline fragments": "{" + "...{viewer{id}} " * 120 + "}",
    "in two fragments": "{viewer{...F ...G}} fragment F on User{"
    + USER * 90
    + "} fragment G on User{"
    + USER * 90
    + "}",
    "in many fragments": "{"
    + "".join(f"...F{i} " for i in range(80))
    + "}"
    + "".join(f"fragment F{i} on Query{{viewer{{id}}}}" for i in range(80)),
    "what is not there": "{" + "nothing " * 900 + "}",
    "introspection": "{__schema{" + "types{name} " * 240 + "}}",
}


@pytest.mark.parametrize("kind", REPEATED)
def test_fields_of_the_same_name_are_compared_only_so_often(
    documents: Documents, kind: str
) -> None:
    limit, found, allowed = refusal(documents, REPEATED[kind])
    assert (limit, allowed) == ("overlaps", OVERLAPS)
    # It stopped as soon as the budget was spent.
    assert OVERLAPS < found <= OVERLAPS + 2


def test_thirty_fragments_that_select_the_same_of_one_object_are_fine(
    documents: Documents,
) -> None:
    spreads = " ".join(f"...Part{i}_item" for i in range(30))
    fragments = "\n".join(
        f"fragment Part{i}_item on Conversation "
        "{ id __typename name model createdAt lastMessage { id content } }"
        for i in range(30)
    )
    text = f"{{ conversations(first: 20) {{ edges {{ node {{ id {spreads} }} }} }} }} {fragments}"
    assert not documents.prepare(text).errors


def test_fields_of_the_same_name_that_differ_are_still_told(documents: Documents) -> None:
    [said] = messages(documents, '{ node(id: "1") { id } node(id: "2") { id } }')
    assert said.startswith("Fields 'node' conflict because they have differing arguments.")


def test_a_client_is_told_of_twenty_mistakes_and_of_the_end(documents: Documents) -> None:
    said = messages(documents, "{ viewer { " + " ".join(f"x{i}" for i in range(100)) + " } }")
    assert len(said) == 21
    assert said[-1] == "Too many validation errors, error limit reached. Validation aborted."


def test_too_many_conflicts_are_too_many_mistakes(documents: Documents) -> None:
    text = "{" + " ".join(f'node(id: "{i}") {{ id }}' for i in range(30)) + "}"
    assert messages(documents, text)[-1].startswith("Too many validation errors")


def introspection_queries() -> list[str]:
    """All that graphql-core writes. GraphiQL and code generators send GraphQL.js's, the same."""
    return [
        get_introspection_query(
            descriptions=descriptions,
            specified_by_url=rare,
            directive_is_repeatable=rare,
            schema_description=rare,
            input_value_deprecation=deprecation,
            one_of=one_of,
            type_depth=depth,
        )
        for descriptions, rare, deprecation, one_of in product((False, True), repeat=4)
        for depth in (7, 9, 12)
    ]


@pytest.mark.parametrize("text", introspection_queries())
def test_every_tool_may_ask_for_the_schema(documents: Documents, text: str) -> None:
    document = documents.prepare(text)
    assert not document.errors
    assert document.check_cost(document.operation(None), {}) == 0


def test_tools_may_ask_for_a_few_types_by_name(documents: Documents) -> None:
    text = """{
        __schema { queryType { fields { name args { name type { kind name ofType { name } } } } } }
        a: __type(name: "Message") { fields { name type { name kind ofType { name kind } } } }
        b: __type(name: "OnBusy") { enumValues { name description } }
    }"""
    assert not documents.prepare(text).errors


def test_introspection_may_not_be_deeper_than_graphql_cores_rule_allows(
    documents: Documents,
) -> None:
    text = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}"
    assert messages(documents, text) == ["Maximum introspection depth exceeded"]


def test_introspection_may_not_be_wider_than_tools_need(documents: Documents) -> None:
    types = " ".join(f"a{i}: type {{ ...T }}" for i in range(7))
    fields = " ".join(f"b{i}: fields {{ name type {{ name }} args {{ name }} }}" for i in range(8))
    text = f"""{{ __schema {{ types {{ fields {{ ...F }} }} }} }}
    fragment F on __Field {{ {types} }} fragment T on __Type {{ {fields} }}"""
    limit, found, allowed = refusal(documents, text)
    assert limit == "introspection"
    assert found > 10 * allowed


def test_without_introspection_the_schema_is_not_told(schema: GraphQLSchema) -> None:
    documents = Documents(schema, DocumentLimits(introspection=False))
    assert messages(documents, "{ __schema { types { name } } }") == [OFF]
    by_name = '{ viewer { id } ...F } fragment F on Query { t: __type(name: "A") { name } }'
    assert messages(documents, by_name) == [OFF]
    assert messages(documents, get_introspection_query()) == [OFF]
    assert messages(documents, "{ __typename viewer { __typename id } }") == []
