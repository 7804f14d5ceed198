"""How leaves go out whose values are of the class that they mostly are.

Each known type has a test, which is false for anything unusual, and an expression of what goes out:
Python text, with `{v}` for the value and `{n}` for what has to be named. The tests compare what
they give with the serialization of the types.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, cast
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.schema.types import base_scalars

_SIMPLE = frozenset({bool, date, datetime, Decimal, dict, float, int, list, str, time, tuple, UUID})


class Leaf(NamedTuple):
    """A leaf type in generated code; `named` is what `{n}_` and a letter stand for."""

    test: str
    expression: str = "{v}"
    named: Mapping[str, object] = {}


_TEXT = Leaf("type({v}) is str")
_BUILT_IN: tuple[tuple[GraphQLScalarType, Leaf], ...] = (
    (GraphQLBoolean, Leaf("{v} is True or {v} is False")),
    # A number less itself is zero, but not an infinite one, nor what is no number.
    (GraphQLFloat, Leaf("type({v}) is float and {v} - {v} == 0.0")),
    (GraphQLID, _TEXT),
    (GraphQLInt, Leaf("type({v}) is int and -2147483648 <= {v} <= 2147483647")),
    (GraphQLString, _TEXT),
)
_TIMES = {
    base_scalars.DateDefinition.name: date,
    base_scalars.DateTimeDefinition.name: datetime,
    base_scalars.TimeDefinition.name: time,
}


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """How a type's values go out."""
    for scalar, leaf in _BUILT_IN:
        if type_ is scalar:
            return leaf
    if isinstance(type_, CustomGraphQLEnumType):
        return _enum(type_)
    kind = _TIMES.get(type_.name)
    if kind and type_.coerce_output_value is base_scalars.isoformat:
        return _moment() if kind is datetime else _iso(kind)
    return Leaf(
        "type({v}) in {n}_simple",
        "{n}_present({n}_serialize({v}))",
        {"simple": _SIMPLE, "serialize": type_.coerce_output_value, "present": _present},
    )


def _iso(kind: type) -> Leaf:
    return Leaf("type({v}) is {n}_class", "{v}.isoformat()", {"class": kind})


def _moment() -> Leaf:
    """What is in UTC goes out as it is: orjson writes the same, and several times as quickly."""
    return Leaf(
        "type({v}) is {n}_class",
        "({v} if {v}.tzinfo is {n}_utc else {v}.isoformat())",
        {"class": datetime, "utc": UTC},
    )


def _enum(type_: CustomGraphQLEnumType) -> Leaf:
    """Members go out by their names in the schema, which are looked up here, once for each."""
    members = cast("Iterable[Enum]", type_.wrapped_cls)
    names = {member._name_: type_.coerce_output_value(member) for member in members}
    return Leaf(
        "type({v}) is {n}_class",
        "{n}_names[{v}._name_]",
        {"class": type_.wrapped_cls, "names": names},
    )


def _present(serialized: object) -> object:
    """What was serialized. Raises ValueError for nothing, which is an error of the field."""
    if serialized is None or serialized is Undefined:
        raise ValueError
    return serialized
