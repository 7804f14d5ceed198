"""Fields: selected, merged, aliased, resolved, and failing each for itself.

The scenarios are those of graphql-core's own tests of its executor, in words of this house.
"""

from dataclasses import replace
from typing import Any

from graphql import GraphQLError, build_schema

from executor.operation import DEEPEST
from tests.executor.checking import case_of, perhaps_later, same, told
from tests.executor.comparing import by_graphql_core, by_plan, encoded

SDL = """
type Query {
  a: String
  b: String
  c: String
  d(size: Int, text: String): String
  deep: Query
  list: [String]
  many: [Query]
}
"""


class Data:
    """Attributes, methods, and a parent for more of the same."""

    a = "Apple"

    def __init__(self, awaiting: bool, depth: int = 0) -> None:
        self._awaiting = awaiting
        self._depth = depth

    def b(self, _info: object) -> object:
        return perhaps_later(self._awaiting, "Banana")

    def d(self, _info: object, **arguments: object) -> str:
        return repr(arguments)

    def deep(self, _info: object) -> object:
        return perhaps_later(self._awaiting, Data(self._awaiting, self._depth + 1))

    def many(self, _info: object) -> list[object]:
        more = Data(self._awaiting, self._depth + 1)
        return [more, None, perhaps_later(self._awaiting, more)]


async def test_attributes_methods_and_what_is_missing_are_read_as_by_default() -> None:
    result = await same(SDL, "{ a b x: c d(size: 3) deep { many { a b } } }", Data)
    assert result.data == {
        "a": "Apple",
        "b": "Banana",
        "x": None,
        "d": "{'size': 3}",
        "deep": {"many": [{"a": "Apple", "b": "Banana"}, None, {"a": "Apple", "b": "Banana"}]},
    }
    assert result.errors is None


async def test_mappings_are_read_by_their_keys_and_what_they_hold_may_be_called() -> None:
    root = {"a": "1", "b": lambda _info: 2, "many": [{"a": True}, {}]}
    result = await same(SDL, "{ a b c many { a } }", root)
    assert result.data == {"a": "1", "b": "2", "c": None, "many": [{"a": "true"}, {"a": None}]}


async def test_selections_with_the_same_key_are_merged_across_fragments() -> None:
    text = """
    { a ...One ...Two deep { a } }
    fragment One on Query { b deep { b deep { b } } }
    fragment Two on Query { a deep { d(size: 1) deep { a ...Three } } }
    fragment Three on Query { x: a b }
    """
    result = await same(SDL, text, Data)
    assert result.data == {
        "a": "Apple",
        "b": "Banana",
        "deep": {
            "b": "Banana",
            "deep": {"b": "Banana", "a": "Apple", "x": "Apple"},
            "d": "{'size': 1}",
            "a": "Apple",
        },
    }
    assert result.data is not None
    assert list(result.data["deep"]) == ["b", "deep", "d", "a"]


async def test_keys_stand_in_the_order_of_the_document_whatever_comes_first() -> None:
    class Slow:
        def __init__(self, awaiting: bool) -> None:
            self._awaiting = awaiting

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            return perhaps_later(self._awaiting and name in "ac", name)

    result = await same(SDL, "{ c b a list: __typename }", Slow)
    assert result.data is not None
    assert list(result.data) == ["c", "b", "a", "list"]


async def test_only_arguments_that_are_given_reach_a_field() -> None:
    result = await same(SDL, '{ d x: d(text: "t") y: d(size: null) }', Data)
    assert result.data == {"d": "{}", "x": "{'text': 't'}", "y": "{'size': None}"}


async def test_operations_are_chosen_by_their_name() -> None:
    text = "query One { first: a } query Two { second: a }"
    assert (await same(SDL, text, Data, name="Two")).data == {"second": "Apple"}


def failing(awaiting: bool) -> dict[str, Any]:
    """Fields that fail in all ways there are."""

    def raising(_info: object) -> object:
        raise GraphQLError("raised", extensions={"code": 1})

    async def raising_later(_info: object) -> object:
        raise ValueError("raised later")

    return {
        "a": raising,
        "b": raising_later if awaiting else ValueError("raised later"),
        "c": perhaps_later(awaiting, OSError("returned")),
        "list": ["0", KeyError("1"), perhaps_later(awaiting, TypeError("2")), "3"],
        "many": [{"a": object}, ValueError("in a list")],
    }


async def test_a_field_that_fails_is_null_and_disturbs_no_other() -> None:
    result = await same(SDL, "{ a b c list many { a } d: __typename }", failing)
    assert result.data == {
        "a": None,
        "b": None,
        "c": None,
        "list": ["0", None, None, "3"],
        "many": [{"a": None}, None],
        "d": "Query",
    }
    assert [path for _, path in told(result)] == [
        ["a"],
        ["b"],
        ["c"],
        ["list", 1],
        ["list", 2],
        ["many", 0, "a"],
        ["many", 1],
    ]
    assert result.errors is not None
    assert result.errors[0].extensions == {"code": 1}


async def test_an_error_names_all_places_where_its_field_is_selected() -> None:
    result = await same(SDL, "{ a\n ...F }\nfragment F on Query { a }", failing)
    assert result.errors is not None
    assert [place.line for place in result.errors[0].locations or ()] == [1, 3]


async def test_an_error_that_has_a_path_or_places_keeps_them() -> None:
    case = case_of(SDL, "{ a deep { b } }")
    (operation,) = case.document.definitions
    root = {
        "a": GraphQLError("elsewhere", operation, path=["x", 1]),
        "deep": {"b": GraphQLError("in the whole operation", operation)},
    }
    case = replace(case, root=lambda _awaiting: root)
    expected, planned = [await by(case, awaiting=True) for by in (by_graphql_core, by_plan)]
    assert told(planned) == [("elsewhere", ["x", 1]), ("in the whole operation", ["deep", "b"])]
    assert encoded(planned) == encoded(expected)


class UntellableError(Exception):
    """An error that fails again when it is told."""

    def __str__(self) -> str:
        raise OSError("no words")


class Hostile:
    """A value that cannot even be asked what it is."""

    def __getattr__(self, name: str) -> object:
        raise OSError(f"no {name}")


class Truthless:
    """A verdict that is neither true nor false."""

    def __bool__(self) -> bool:
        raise OSError("no verdict")


async def test_values_that_cannot_be_asked_fail_their_own_fields() -> None:
    hostile = Hostile()
    root = {"a": hostile, "list": hostile, "deep": hostile, "many": [{"a": "A"}, hostile], "b": "B"}
    result = await same(SDL, "{ a list deep { a } many { a } b }", root)
    assert result.data is not None
    assert result.data["b"] == "B"
    assert len(result.errors or ()) == 4


async def test_an_error_that_cannot_be_told_fails_what_is_around_it() -> None:
    root = {"deep": {"deep": {"a": UntellableError(), "b": ValueError("b")}, "b": "B"}, "a": "A"}
    result = await same(SDL, "{ a deep { deep { b a x: b } b } }", root)
    assert result.data == {"a": "A", "deep": {"deep": None, "b": "B"}}
    assert told(result) == [("b", ["deep", "deep", "b"]), ("no words", ["deep", "deep"])]
    listed = {"many": [{"b": "B"}, UntellableError(), {"b": "C"}], "a": "A"}
    result = await same(SDL, "{ many { b } a }", listed)
    assert result.data == {"many": None, "a": "A"}


async def test_a_type_that_gives_no_verdict_fails_the_value() -> None:
    schema = build_schema(SDL)
    assert schema.query_type is not None
    verdicts: dict[bool, Any] = {True: Truthless(), False: True}
    schema.query_type.is_type_of = lambda value, _info: verdicts[value == {"a": 1}]
    await same(schema, "{ deep { a } many { a } }", {"deep": {"a": 1}, "many": [{"a": 1}, {}]})


async def test_introspection_is_answered_by_the_plan() -> None:
    text = """{
      __schema { queryType { name fields { name args { name defaultValue } } } }
      __type(name: "Query") { fields(includeDeprecated: true) { name type { kind } } }
      x: __type(name: "Nobody") { name }
    }"""
    result = await same(SDL, text, Data)
    assert result.data is not None
    assert result.data["x"] is None
    assert result.errors is None


async def test_the_deepest_document_that_is_compiled_fits_on_the_stack() -> None:
    text = "{ a }"
    for level in range(DEEPEST - 1):
        text = f"{{ many {text} }}" if level % 8 == 0 else f"{{ deep {text} }}"
    assert (await same(SDL, text, Data)).errors is None
