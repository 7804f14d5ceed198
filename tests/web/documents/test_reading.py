"""The text of a document is bounded before a parser sees it."""

import pytest

from tests.web.documents.refusals import messages, refusal
from web.documents.documents import Documents
from web.documents.limits import NESTING

DEEP = {
    "fields": "{a" * 300 + "}" * 300,
    "inline fragments": "{..." * 300 + "{a}" + "}" * 300,
    "lists": "{node(id: " + "[" * 400 + "]" * 400 + ") { id }}",
    "objects": "{conversations(filter: " + "{a:" * 200 + "1" + "}" * 200 + ") { totalCount }}",
    "types": "query ($a: " + "[" * 400 + "Int" + "]" * 400 + ") { viewer { id } }",
    "nothing closed": "{" * 900,
}


def test_a_document_may_have_so_many_characters(documents: Documents) -> None:
    text = "{viewer{id}}"
    assert not documents.prepare(text + " " * (15_000 - len(text))).errors
    longer = text + " " * (15_001 - len(text))
    assert refusal(documents, longer) == ("characters", 15_001, 15_000)


def test_a_document_may_have_so_many_tokens_and_comments_are_none(documents: Documents) -> None:
    text = "{viewer{" + "id " * 50 + "x" * 14_000 + "}}"
    assert messages(documents, text)[0].startswith("Cannot query field 'xxx")
    assert not documents.prepare("{" + "viewer{id}" + "#\n" * 7000 + "}").errors
    # Counting stops at the limit.
    assert refusal(documents, "{viewer{" + "id " * 2000 + "}}") == ("tokens", 1001, 1000)


def test_the_thousandth_token_is_allowed_and_the_next_is_not(documents: Documents) -> None:
    text = "{" + "...F" * 494 + "} fragment F on Query {viewer{id}}"
    assert not documents.prepare(text).errors
    assert refusal(documents, "query " + text) == ("tokens", 1001, 1000)


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_nested_too_deeply_never_reaches_the_parser(
    documents: Documents, kind: str
) -> None:
    limit, found, allowed = refusal(documents, DEEP[kind])
    assert (limit, allowed) == ("nesting", NESTING)
    assert found > 200


@pytest.mark.parametrize(
    "text",
    [
        "{..." * (NESTING - 2) + "{viewer {id}}" + "}" * (NESTING - 2),
        "{conversations(filter: " + "{a:" * (NESTING - 1) + "1" + "}" * (NESTING - 1) + ") {x}}",
        "{node(id: " + "[" * (NESTING - 1) + "]" * (NESTING - 1) + ") { id }}",
        "query ($a: " + "[" * NESTING + "Int" + "]" * NESTING + ") { viewer { id } }",
        "{" + "__schema{types{" + "ofType{" * 40 + "name" + "}" * 43,
        "{...F0}"
        + "".join(f"fragment F{i} on Query{{viewer{{id}} ...F{i + 1}}}" for i in range(46))
        + "fragment F46 on Query{viewer{id}}",
    ],
)
def test_the_deepest_that_is_allowed_needs_little_of_pythons_stack(
    documents: Documents, text: str
) -> None:
    def below(frames: int) -> list[str]:
        return below(frames - 1) if frames else messages(documents, text)

    assert all("aborted" not in message for message in below(500))


def test_a_syntax_error_is_an_error_of_the_document(documents: Documents) -> None:
    assert messages(documents, "{viewer") == ["Syntax Error: Expected Name, found <EOF>."]
    assert messages(documents, "") == ["Syntax Error: Unexpected <EOF>."]
    [error] = documents.prepare("{ viewer { id }\n ?").errors
    assert [(place.line, place.column) for place in error.locations or ()] == [(2, 2)]
    assert error.__traceback__ is None
