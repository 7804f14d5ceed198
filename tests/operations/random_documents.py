"""Random operations of the schema, the same ones again for the same seed.

Ids and cursors that exist stand in them as `$conversation` and the like, and are put in when an
operation is sent: so a document that failed can be looked at, and made again, by its seed.
"""

from pathlib import Path

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    ValueNode,
    build_schema,
    print_ast,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

SDL = (Path(__file__).parents[2] / "schema" / "schema.graphql").read_text(encoding="utf-8")
# This would be the end of the account; it is asked for when all the others were.
_NOT_AT_RANDOM = {"deleteMyData"}

_ODD_TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "\udc00\ud800",
    "\u202e",
    "\ufeff",
    "\uffff",
    "👩‍👩‍👧‍👦",
    "e\u0301",
    "İ",
    "%_\\",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    '"""',
    "x" * 10_000,
)
_KNOWN_TEXTS = (
    "Hello",
    "test-model",
    "other-model",
    "general",
    "2026-11",
    "a@example.org",
    "$cursor",
)
_ODD_TIMES = (
    "",
    "2026-11-24",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2099-01-01T00:00:00",
    "2099-12-31T23:59:60Z",
    "2099-W01-1T00:00Z",
    "٢٠٩٩-01-01T00:00:00Z",
    "2099-01-01T00:00:00Z",
)
_TEXTS = st.sampled_from(_KNOWN_TEXTS) | st.text(max_size=40) | st.sampled_from(_ODD_TEXTS)
_TIMES = st.sampled_from(_ODD_TIMES) | st.datetimes(timezones=st.timezones()).map(
    lambda time: time.isoformat()
)
_INTS = st.integers(1, 9) | st.sampled_from([-1, 0, 100, 101]) | st.integers(-(2**31), 2**31 - 1)
_FLOATS = st.floats(0, 2) | st.floats(allow_nan=False, allow_infinity=False)
# Where a subscription begins: mostly where something is to be told at once.
_INDEXES = st.sampled_from([-1, -1, -1, 0, 1, -2, 2**31 - 1])


def _scalars(
    ids: list[str], ints: st.SearchStrategy[int] = _INTS
) -> dict[str, st.SearchStrategy[ValueNode]]:
    known = st.sampled_from([f"${name}" for name in ids])
    odd = st.sampled_from(["", "x", "conversation_", f"message_{'0' * 32}", "user_\0"])
    return {
        "ID": (known | known | known | odd | st.text(max_size=20)).map(nodes.String),
        "String": _TEXTS.map(nodes.String),
        "DateTime": _TIMES.map(nodes.String),
        "Int": ints.map(nodes.Int),
        "Float": _FLOATS.map(nodes.Float),
    }


class RandomDocuments:
    """Makes operations for an owner of things with these names."""

    def __init__(self, ids: list[str]) -> None:
        """`ids` are what may stand behind a `$`."""
        schema = build_schema(SDL)
        assert schema.mutation_type is not None
        assert schema.subscription_type is not None
        scalars = _scalars(ids)
        assert schema.query_type is not None
        # One field at a time too, or nearly every document would hold one that fails.
        self._queries = st.one_of(
            queries(schema, custom_scalars=scalars),
            *[
                queries(schema, fields=[name], custom_scalars=scalars)
                for name in schema.query_type.fields
            ],
        )
        changing = sorted(set(schema.mutation_type.fields) - _NOT_AT_RANDOM)
        self._mutations = st.one_of(
            mutations(schema, fields=changing, custom_scalars=scalars),
            *[mutations(schema, fields=[name], custom_scalars=scalars) for name in changing],
        )
        # The generator knows no subscriptions; but their type can stand where queries begin.
        subscribing = GraphQLSchema(query=schema.subscription_type)
        self._subscriptions = st.one_of(
            *[
                queries(
                    subscribing,
                    fields=[name],
                    custom_scalars=_scalars(ids, _INDEXES),
                    print_ast=_as_subscription,
                )
                for name in schema.subscription_type.fields
            ]
        )

    def queries(self, number: int, seed_: int) -> list[str]:
        """Queries, at most so many."""
        return _drawn(self._queries, number, seed_)

    def mutations(self, number: int, seed_: int) -> list[str]:
        """Mutations, at most so many."""
        return _drawn(self._mutations, number, seed_)

    def subscriptions(self, number: int, seed_: int) -> list[str]:
        """Subscriptions, at most so many."""
        return _drawn(self._subscriptions, number, seed_)


def _as_subscription(document: DocumentNode) -> str:
    """The document with its operation turned into one that begins with what there is."""
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    text = f"subscription {print_ast(operation.selection_set)}"
    return text.replace("afterIndex: null", "afterIndex: -1")


def _drawn(strategy: st.SearchStrategy[str], number: int, seed_: int) -> list[str]:
    found: list[str] = []

    @seed(seed_)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(strategy)
    def keep(document: str) -> None:
        found.append(document)

    keep()
    return found
