"""Interfaces and unions: how the type of a value is found, and what happens when it is not."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from tests.executor.checking import perhaps_later, same, told

SDL = """
interface Being { name: String }
interface Pet implements Being { name: String owner: Being }
type Dog implements Pet & Being { name: String owner: Being woofs: Boolean }
type Cat implements Pet & Being { name: String owner: Being meows: Boolean }
type Person implements Being { name: String pets: [Pet!] all: [Known] }
type Rock { weight: Int }
union Known = Dog | Person | Rock
type Query { pets: [Pet] must: [Pet!] known: Known beings: [Being!]! dog: Dog }
enum Size { SMALL }
"""
TEXT = """{
  pets { name ...D ... on Cat { meows name } owner { name ... on Person { pets { name } } } }
  known { __typename ... on Being { name } ... on Rock { weight } ...D }
}
fragment D on Dog { woofs ... on Pet { owner { __typename } } }
"""


class Thing:
    """A thing whose kind is known by its attribute."""

    def __init__(self, kind: object, **attributes: object) -> None:
        self.kind = kind
        self.__dict__ |= attributes


def things(awaiting: bool) -> dict[str, Any]:
    person = Thing("Person", name="Ada", pets=[Thing("Cat", name="Tom"), Thing("Dog", name="Bo")])
    odie = Thing("Dog", name="Odie", woofs=True, owner=perhaps_later(awaiting, person))
    garfield = Thing("Cat", name="Garfield", meows=False, owner=None)
    return {
        "pets": [odie, perhaps_later(awaiting, garfield), None, odie],
        "must": [odie, Thing("Person")],
        "known": Thing("Rock", weight=3),
        "beings": [person, garfield, odie],
        "dog": garfield,
    }


def by_kind(later: bool) -> Callable[..., Any]:
    return lambda value, info, _type: perhaps_later(
        later and info.context.awaiting, getattr(value, "kind", None)
    )


def schema_with(
    *, resolve_type: Callable[..., Any] | None, is_type_of: Callable[[str], Any] | None
) -> GraphQLSchema:
    schema = build_schema(SDL)
    for name in ("Being", "Pet", "Known"):
        schema.type_map[name].resolve_type = resolve_type  # type: ignore[attr-defined]
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_.name in "DogCatPersonRock":
            type_.is_type_of = is_type_of(type_.name) if is_type_of else None
    return schema


def judged(later: bool) -> Callable[[str], Any]:
    def judge(name: str) -> Callable[..., Any]:
        return lambda value, info: perhaps_later(
            later and info.context.awaiting, getattr(value, "kind", None) == name
        )

    return judge


@pytest.mark.parametrize(
    ("resolve_type", "is_type_of"),
    [
        (by_kind(False), None),
        (by_kind(True), None),
        (by_kind(True), judged(True)),
        (by_kind(False), judged(True)),
        (None, judged(False)),
        (None, judged(True)),
        (None, lambda name: judged(name in "CatRock")(name)),
        (None, None),
    ],
)
async def test_types_are_found_at_once_or_later(
    resolve_type: Callable[..., Any] | None, is_type_of: Callable[[str], Any] | None
) -> None:
    schema = schema_with(resolve_type=resolve_type, is_type_of=is_type_of)
    for text in (TEXT, "{ must { name } }", "{ beings { name } }", "{ dog { name woofs } }"):
        await same(schema, text, things)


async def test_a_type_that_takes_no_value_for_its_own_says_so() -> None:
    schema = schema_with(resolve_type=by_kind(False), is_type_of=judged(True))
    result = await same(schema, "{ dog { name } }", things)
    assert told(result) == [("Expected value of type 'Dog' but got: <Thing instance>.", ["dog"])]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "Abstract type 'Pet' must resolve to an Object type at runtime"),
        ("Nobody", "was resolved to a type 'Nobody' that does not exist inside the schema."),
        ("Size", "Abstract type 'Pet' was resolved to a non-object type 'Size'."),
        ("Person", "Runtime Object type 'Person' is not a possible type for 'Pet'."),
        (12, "with value <Thing instance>, received '12', which is not a valid Object type name."),
        ([], "which is not a valid Object type name."),
    ],
)
async def test_a_type_that_is_none_is_an_error_that_says_why(name: object, message: str) -> None:
    schema = schema_with(resolve_type=by_kind(True), is_type_of=None)
    result = await same(schema, "{ pets { name } }", {"pets": [Thing(name)]})
    ((found, path),) = told(result)
    assert message in found
    assert path == ["pets", 0]


async def test_a_type_resolver_or_a_type_may_fail() -> None:
    def fail(*_: object) -> object:
        raise OSError("no type")

    schema = schema_with(resolve_type=fail, is_type_of=None)
    result = await same(schema, "{ pets { name } known { __typename } }", things)
    assert {message for message, _ in told(result)} == {"no type"}
    schema = schema_with(resolve_type=None, is_type_of=lambda _: fail)
    await same(schema, "{ pets { name } must { name } dog { name } }", things)


async def test_mappings_and_objects_may_name_their_type_themselves() -> None:
    class Cat:
        __typename = "Cat"
        name = "Tom"

    root = {"pets": [{"__typename": "Dog", "name": "Bo", "woofs": 1}, Cat()], "known": Cat()}
    await same(SDL, TEXT, root)
