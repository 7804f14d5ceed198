"""Documents are looked at once, and say which of their operations runs."""

import pytest
from graphql import GraphQLSchema

from chat.errors import BadUserInputError, QueryTooComplexError
from tests.web.documents.refusals import refusal
from web.documents.documents import Document, Documents
from web.documents.limits import DocumentLimits

TWO = "query A { viewer { id } } query B { viewer { name } }"


def chosen(document: Document, name: str | None) -> str:
    """The name of the operation that would run."""
    found = document.operation(name).name
    return "" if found is None else found.value


def test_the_only_operation_needs_no_name(documents: Documents) -> None:
    assert chosen(documents.prepare("{ viewer { id } }"), None) == ""
    # Some tools send an empty name when there is none.
    assert chosen(documents.prepare("query A { viewer { id } }"), "") == "A"


def test_one_of_several_operations_is_chosen_by_its_name(documents: Documents) -> None:
    assert chosen(documents.prepare(TWO), "B") == "B"


@pytest.mark.parametrize(
    ("text", "name"),
    [(TWO, None), (TWO, ""), (TWO, "C"), ("{ viewer { id } }", "A"), ("{ viewer", None)],
)
def test_an_operation_that_cannot_be_told_is_refused(
    documents: Documents, text: str, name: str | None
) -> None:
    with pytest.raises(BadUserInputError) as caught:
        documents.prepare(text).operation(name)
    assert caught.value.field == "operationName"
    assert str(caught.value) == "operationName must name one of the operations of this document."


def test_each_operation_costs_its_own(documents: Documents) -> None:
    document = documents.prepare("query A { viewer { id } } query B { models { name } }")
    assert [document.check_cost(document.operation(name), {}) for name in "AB"] == [1, 10]


def test_a_document_is_prepared_once(documents: Documents) -> None:
    text = "{ viewer { id } }"
    assert documents.prepare(text) is documents.prepare(text)
    assert documents.prepare(text) is not documents.prepare(text + " ")
    wrong = documents.prepare("{ nothing }")
    assert wrong.errors
    assert documents.prepare("{ nothing }") is wrong
    assert documents.prepare("{") is documents.prepare("{")


def test_only_those_that_were_used_last_are_remembered(schema: GraphQLSchema) -> None:
    documents = Documents(schema, DocumentLimits(), capacity=2)
    first, second = documents.prepare("{viewer{id}}"), documents.prepare("{viewer{name}}")
    assert documents.prepare("{viewer{id}}") is first
    documents.prepare("{viewer{email}}")
    assert documents.prepare("{viewer{id}}") is first
    assert documents.prepare("{viewer{name}}") is not second


def test_long_documents_take_the_place_of_many(schema: GraphQLSchema) -> None:
    documents = Documents(schema, DocumentLimits(), capacity=4)
    short = documents.prepare("{viewer{id}}")
    documents.prepare("{" + "...F" * 450 + "} fragment F on Query {viewer{id}}")
    assert documents.prepare("{viewer{id}}") is not short


def test_a_refusal_is_remembered_and_raised_anew(schema: GraphQLSchema) -> None:
    documents = Documents(schema, DocumentLimits(depth=1))
    caught = []
    for _ in range(2):
        with pytest.raises(QueryTooComplexError) as error:
            documents.prepare("{ viewer { id } }")
        caught.append(error.value)
    assert str(caught[0]) == str(caught[1])
    assert caught[0] is not caught[1]
    assert caught[1].__cause__ is caught[1].__context__ is None


def test_what_the_operator_allows_goes(schema: GraphQLSchema) -> None:
    limits = DocumentLimits(depth=2, aliases=1, directives=0, tokens=10, characters=40, cost=1)
    documents = Documents(schema, limits)
    document = documents.prepare("{ a: viewer { id name } }")
    assert document.check_cost(document.operation(None), {}) == 1
    for text, limit in (
        ("{ viewer { usage { month } } }", "depth"),
        ("{ a: viewer { b: id } }", "aliases"),
        ("{ viewer @x { id } }", "directives"),
        ("{ viewer { id id id id id id id } }", "tokens"),
        ("{ viewer { id } }" + " " * 40, "characters"),
    ):
        assert refusal(documents, text)[0] == limit
    dear = documents.prepare("{ models { name } }")
    with pytest.raises(QueryTooComplexError, match=r"cost 10, and at most 1 is allowed\."):
        dear.check_cost(dear.operation(None), {})
