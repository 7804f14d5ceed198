"""Generated code: what it takes, what it leaves to the rules, and that it can be read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry
from graphql import GraphQLLeafType, GraphQLObjectType, Undefined, is_leaf_type, parse
from graphql.execution.values import VariableValues

from executor.kinds import Attribute, Constant, LeafKind, ListKind, ObjectKind
from executor.leaves import leaf_of
from executor.operation import operation_of
from executor.selection import Selection
from executor.shapes import shape_source
from executor.variant import Variant
from tests.executor import garden
from tests.executor.random_garden import OldLeaf

TYPES = garden.SCHEMA.type_map
LEAF = garden.Leaf(
    id=strawberry.ID("a leaf"), weight=1.5, age=3, colour=garden.Colour.RED, stone=None, stones=[]
)


def selected(text: str, type_: str) -> Selection:
    """What a query selects of a type below its one field."""
    operation = operation_of(garden.SCHEMA, parse(text), None)
    variant = Variant(operation, VariableValues({}, {}))
    assert isinstance(variant.root, Selection)
    found = TYPES[type_]
    assert isinstance(found, GraphQLObjectType)
    selection = variant.below(found, variant.root.fields[0].facts.details)
    assert isinstance(selection, Selection)
    return selection


def is_taken(selection: Selection, value: object) -> bool:
    assert selection.shapes is not None
    try:
        selection.shapes.flat(value)
    except Exception:  # noqa: BLE001  it says by any exception that it does not
        return False
    return True


def test_a_shape_is_code_that_can_be_read() -> None:
    text = leaf_of(TYPES["String"])  # type: ignore[arg-type]
    colour = leaf_of(TYPES["Colour"])  # type: ignore[arg-type]
    source = shape_source(
        garden.Leaf,
        [
            ("id", Attribute("id", LeafKind(text, nullable=False))),
            ("c", Attribute("colour", LeafKind(colour, nullable=True))),
            ("stones", Attribute("stones", ListKind(ObjectKind(dict, nullable=False), False))),
            ("__typename", Constant("Leaf")),
            ("name", Constant(None)),
        ],
        may_be_cast=True,
    )
    assert (
        source.text
        == """\
def shape(source):
    if not (type(source) is source_class):
        raise Unusual
    if not (getattr(source, '__as_strawberry_type__', None) is None):
        raise Unusual
    v0 = source.id
    if not (type(v0) is str):
        raise Unusual
    v1 = source.colour
    if not (v1 is None or type(v1) is v1_class):
        raise Unusual
    v2 = source.stones
    if not (type(v2) is list):
        raise Unusual
    return {
        'id': v0,
        'c': None if v1 is None else v1_names[v1._name_],
        'stones': [v2_item(item) for item in v2],
        '__typename': 'Leaf',
        'name': None,
    }
"""
    )
    assert source.function()(LEAF) == {
        "id": "a leaf",
        "c": "rosy",
        "stones": [],
        "__typename": "Leaf",
        "name": None,
    }


def test_nothing_is_left_to_be_run_for_objects_that_are_only_attributes() -> None:
    text = "{ leaf { id age weight colour stone { moment texts grid } stones { key } } }"
    selection = selected(text, "Leaf")
    assert selection.shapes is not None
    assert not selection.shapes.left
    assert selection.shapes.flat(LEAF) == {
        "id": "a leaf",
        "age": 3,
        "weight": 1.5,
        "colour": "rosy",
        "stone": None,
        "stones": [],
    }


def test_fields_with_resolvers_are_left_with_their_keys_in_place() -> None:
    selection = selected("{ leaf { x: name id } }", "Leaf")
    assert selection.shapes is not None
    assert [left.field.facts.key for left in selection.shapes.left] == ["x"]
    assert list(selection.shapes.flat(LEAF).items()) == [("x", None), ("id", "a leaf")]


def test_a_subclass_that_was_not_declared_is_unusual() -> None:
    old = object.__new__(OldLeaf)
    old.__dict__ |= LEAF.__dict__
    assert not is_taken(selected("{ leaf { id } }", "Leaf"), old)


@pytest.mark.parametrize(
    "change",
    [
        {"id": 7},
        {"id": None},
        {"age": True},
        {"age": 2**31},
        {"weight": float("nan")},
        {"colour": "rosy"},
        {"stones": (1,)},
        {"stones": [LEAF]},
        {"stone": LEAF},
        {"__as_strawberry_type__": garden.Tree},
    ],
)
def test_anything_unusual_is_left_to_the_rules(change: dict[str, Any]) -> None:
    selection = selected("{ leaf { id age weight colour stone { key } stones { key } } }", "Leaf")
    leaf = object.__new__(garden.Leaf)
    leaf.__dict__ |= LEAF.__dict__ | change
    assert not is_taken(selection, leaf)


def test_classes_that_do_something_when_they_are_read_have_no_shape() -> None:
    @strawberry.type
    class Lazy:
        one: int

        def __getattr__(self, name: str) -> int:
            return 1

    @strawberry.type
    class Query:
        lazy: Lazy

    schema = strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry offers no other way
    operation = operation_of(schema, parse("{ lazy { one } }"), None)
    variant = Variant(operation, VariableValues({}, {}))
    assert isinstance(variant.root, Selection)
    found = schema.type_map["Lazy"]
    assert isinstance(found, GraphQLObjectType)
    selection = variant.below(found, variant.root.fields[0].facts.details)
    assert isinstance(selection, Selection)
    assert selection.shapes is None


USUAL: dict[str, list[Any]] = {
    "Boolean": [True, False],
    "Cent": [5, 0],
    "Colour": list(garden.Colour),
    "Date": [date(1, 1, 1), date(2026, 12, 31)],
    "DateTime": [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, microsecond=120, tzinfo=UTC, fold=1),
        datetime.max.replace(tzinfo=UTC),
        datetime(2026, 1, 1, 2, 3, tzinfo=timezone(timedelta(hours=-5.5))),
        datetime(2026, 1, 1, 2, 3, 4, 5),  # noqa: DTZ001  as it may be
    ],
    "Decimal": [Decimal("1.20"), Decimal("NaN")],
    "Float": [0.0, -0.0, 1e300, -2.5],
    "ID": ["", "x"],
    "Int": [0, -(2**31), 2**31 - 1],
    "JSON": [{"a": [1]}, [], 1, "x", True],
    "Size": list(garden.Size),
    "String": ["", "ä\ud800"],
    "Time": [time(1, 2), time(1, 2, 3, 4, tzinfo=UTC)],
    "UUID": [UUID(int=7)],
}
UNUSUAL: list[Any] = [
    *(value for values in USUAL.values() for value in values),
    *(
        float("inf"),
        float("-inf"),
        float("nan"),
        2**31,
        1j,
        b"x",
        object(),
        Fraction(1, 2),
        2**2000,
    ),
    *(None, Undefined, (), (1,), set(), int, ValueError(), type("Text", (str,), {})("x")),
]
LEAVES = [
    type_ for type_ in TYPES.values() if is_leaf_type(type_) and not type_.name.startswith("_")
]


@dataclass
class Holder:
    """Something with a value."""

    value: Any


@pytest.mark.parametrize("type_", LEAVES, ids=str)
def test_leaves_go_out_as_their_types_serialize_them(type_: GraphQLLeafType) -> None:
    kind = Attribute("value", LeafKind(leaf_of(type_), nullable=False))
    shape = shape_source(Holder, [("value", kind)], may_be_cast=False).function()
    for value in UNUSUAL:
        try:
            shaped = _written(shape(Holder(value))["value"])
        except Exception:  # noqa: BLE001, S112  the rules look at it
            continue
        assert (type(shaped), shaped) == _serialized(type_, value)
    for value in USUAL.get(type_.name, []):
        assert _written(shape(Holder(value))["value"]) == type_.coerce_output_value(value)


def _written(leaf: object) -> object:
    """A time may be left to orjson."""
    return orjson.loads(orjson.dumps(leaf)) if isinstance(leaf, datetime) else leaf


def _serialized(type_: GraphQLLeafType, value: object) -> tuple[type, object]:
    serialized = _written(type_.coerce_output_value(value))
    return type(serialized), serialized
