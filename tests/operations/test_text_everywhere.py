"""Text that no database can store is refused wherever text can be given, with the field named.

The test walks the schema, so that a new argument is tried without anyone having to think of it.
"""

from collections.abc import Iterator

from graphql import GraphQLField, get_named_type, is_input_object_type, is_leaf_type

from chat.records import UserRole
from tests.operations.belongings import Belongings, belongings
from tests.operations.permission_table import TABLE
from tests.operations.schema_walk import document, first_answer, operations
from tests.scripted_model import ScriptedModel
from tests.served import Client, Json, Served

BAD_TEXTS = ("\0", "in the m\0ddle", "\ud800", "cut: \ud83d", "x" * 100_001)
TYPES = {"String", "ID"}


def text_places(field: GraphQLField) -> Iterator[tuple[str, ...]]:
    """Where an operation takes text: ("id",), ("input", "content"), …"""
    for name, argument in field.args.items():
        named = get_named_type(argument.type)
        if named.name in TYPES:
            yield (name,)
        if is_input_object_type(named):
            for inner, definition in named.fields.items():
                if get_named_type(definition.type).name in TYPES:
                    yield name, inner


def with_text(variables: Json, place: tuple[str, ...], text: str) -> Json:
    """The variables with a text at its place."""
    if len(place) == 1:
        return {**variables, place[0]: text}
    return {**variables, place[0]: with_text(variables.get(place[0], {}), place[1:], text)}


async def fault_of(
    client: Client, owned: Belongings, operation: str, place: tuple[str, ...], text: str
) -> str | None:
    """What is wrong with how an operation takes a bad text, if anything is."""
    kind, name = operation.split(" ")
    field = next(one for _, its_name, one in operations() if its_name == name)
    wanted = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    variables = with_text(owned.in_place(TABLE[operation].variables), place, text)
    body = await first_answer(client, kind, document(kind, name, field, wanted), variables)
    told = [
        (error["extensions"]["code"], error["extensions"].get("field"))
        for error in body.get("errors", [])
    ]
    return None if told == [("BAD_USER_INPUT", place[-1])] else f"{text[:9]!r}: {str(body)[:200]}"


async def test_every_field_that_takes_text_refuses_what_cannot_be_stored(
    parley: Served, model: ScriptedModel
) -> None:
    admin = await parley.client(role=UserRole.ADMIN)
    owned = await belongings(admin, model)
    faults: dict[str, str] = {}
    tried: set[str] = set()
    for kind, name, field in operations():
        for place in text_places(field):
            for text in BAD_TEXTS:
                fault = await fault_of(admin, owned, f"{kind} {name}", place, text)
                where = f"{kind} {name} {'.'.join(place)}"
                tried.add(where)
                if fault:
                    faults[where] = fault
    assert faults == {}
    assert len(tried) >= 40
    answer = await admin("{ conversations(filter: {archived: null}) { totalCount } }")
    assert answer.data["conversations"]["totalCount"] == 2
