"""Automatic persisted queries, as Apollo's protocol has them."""

from hashlib import sha256
from typing import Any

import pytest
from graphql import GraphQLSchema

from chat.errors import BadUserInputError, PersistedQueryNotFoundError, QueryTooComplexError
from web.documents.documents import Documents
from web.documents.limits import DocumentLimits
from web.documents.persisted import PersistedQueries

QUERY = "{ viewer { id } }"


def hash_of(query: str) -> str:
    """What a client sends in place of a query."""
    return sha256(query.encode()).hexdigest()


def extensions(query: str, **changes: object) -> dict[str, Any]:
    """What a client sends beside a query."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query)} | changes}


@pytest.fixture
def persisted(documents: Documents) -> PersistedQueries:
    """An empty memory."""
    return PersistedQueries(documents)


def knows(persisted: PersistedQueries, query: str) -> bool:
    """Whether the hash alone is enough."""
    try:
        return persisted.text(query=None, extensions=extensions(query)) == query
    except PersistedQueryNotFoundError:
        return False


@pytest.mark.parametrize("none", [None, {}, {"persistedQuery": None}, {"tracing": {}}])
def test_without_the_extension_the_query_is_the_query(
    persisted: PersistedQueries, none: dict[str, Any] | None
) -> None:
    assert persisted.text(query=QUERY, extensions=none) == QUERY
    for missing in (None, ""):
        with pytest.raises(BadUserInputError, match=r"query must be given\."):
            persisted.text(query=missing, extensions=none)
    assert not knows(persisted, QUERY)


def test_a_client_sends_the_hash_then_both_and_then_only_the_hash(
    persisted: PersistedQueries,
) -> None:
    with pytest.raises(PersistedQueryNotFoundError, match=r"^PersistedQueryNotFound$"):
        persisted.text(query=None, extensions=extensions(QUERY))
    # urql says with the second request that the first one missed.
    assert persisted.text(query=QUERY, extensions=extensions(QUERY, miss=True)) == QUERY
    for empty in (None, ""):
        assert persisted.text(query=empty, extensions=extensions(QUERY)) == QUERY
    upper = extensions(QUERY, sha256Hash=hash_of(QUERY).upper())
    assert persisted.text(query=None, extensions=upper) == QUERY


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"version": None}, "version"),
        ({"sha256Hash": hash_of("{ other }")}, "sha256Hash"),
        ({"sha256Hash": ""}, "sha256Hash"),
        ({"sha256Hash": None}, "sha256Hash"),
        ({"sha256Hash": [1]}, "sha256Hash"),
    ],
)
def test_a_wrong_hash_or_another_version_is_bad_input(
    persisted: PersistedQueries, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadUserInputError) as caught:
        persisted.text(query=QUERY, extensions=extensions(QUERY, **changes))
    assert caught.value.field == field
    assert not knows(persisted, QUERY)


@pytest.mark.parametrize("shape", ["text", 1, [], False])
def test_an_extension_of_another_shape_is_bad_input(
    persisted: PersistedQueries, shape: object
) -> None:
    with pytest.raises(BadUserInputError) as caught:
        persisted.text(query=QUERY, extensions={"persistedQuery": shape})
    assert caught.value.field == "persistedQuery"


@pytest.mark.parametrize("query", ["{", "{ nothing }", "no document"])
def test_what_cannot_run_is_not_kept(persisted: PersistedQueries, query: str) -> None:
    assert persisted.text(query=query, extensions=extensions(query)) == query
    assert not knows(persisted, query)


def test_what_is_too_complex_is_refused_and_not_kept(schema: GraphQLSchema) -> None:
    persisted = PersistedQueries(Documents(schema, DocumentLimits(depth=1)))
    with pytest.raises(QueryTooComplexError):
        persisted.text(query=QUERY, extensions=extensions(QUERY))
    assert not knows(persisted, QUERY)


def test_text_that_is_not_unicode_is_bad_input(persisted: PersistedQueries) -> None:
    with pytest.raises(BadUserInputError):
        persisted.text(query="{ \ud800 }", extensions=extensions(QUERY))


@pytest.mark.parametrize("bounds", [{"entries": 2}, {"characters": 2 * len(QUERY)}])
def test_those_that_were_used_last_are_kept(documents: Documents, bounds: dict[str, int]) -> None:
    persisted = PersistedQueries(documents, **bounds)
    queries = [f"{{viewer{{{name}}}}}".ljust(len(QUERY)) for name in ("id", "name", "role")]
    for query in queries:
        persisted.text(query=query, extensions=extensions(query))
    assert [knows(persisted, query) for query in queries] == [False, True, True]
