"""Operations made from the schema itself, so that tests try a new field without a change."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    is_scalar_type,
)

from resolvers.graphql_schema import core_schema
from tests.served import Client, Json

SAMPLES = {"String": "text", "Int": 5, "Float": 0.5, "Boolean": True, "DateTime": None}
# Types that only lead to others, and so do not count as a step.
_WRAPPERS = ("Connection", "Edge", "Payload", "Added", "Finished")


def operations() -> Iterator[tuple[str, str, GraphQLField]]:
    """The kind, name and definition of every root field."""
    schema = core_schema()
    for kind, root in (
        ("query", schema.query_type),
        ("mutation", schema.mutation_type),
        ("subscription", schema.subscription_type),
    ):
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            yield kind, name, field


def sample(type_: GraphQLInputType) -> object:
    """A valid value of an input type; of an input object only what is required."""
    named = get_named_type(type_)
    if is_input_object_type(named):
        return {
            name: sample(field.type)
            for name, field in named.fields.items()
            if is_required_input_field(field)
        }
    if is_enum_type(named):
        return next(iter(named.values))
    assert is_scalar_type(named)
    return SAMPLES.get(named.name)


def document(kind: str, name: str, field: GraphQLField, selection: str) -> str:
    """An operation with a variable for every argument."""
    variables = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    arguments = ", ".join(f"{key}: ${key}" for key in field.args)
    heads = (f" ({variables})", f"({arguments})") if variables else ("", "")
    return f"{kind}{heads[0]} {{ {name}{heads[1]} {selection} }}"


def selection(type_: GraphQLNamedType, *, steps: int = 2, of: str | None = None) -> str:
    """All fields of a type and, some steps on, of the types that they lead to.

    `of` names the type to select where the field's is an interface.
    """
    if is_leaf_type(type_):
        return ""
    if isinstance(type_, GraphQLUnionType):
        inner = " ".join(f"... on {one} {selection(one, steps=steps)}" for one in type_.types)
        return f"{{ __typename {inner} }}"
    if not isinstance(type_, GraphQLObjectType):
        inner = f"... on {of} {selection(core_schema().type_map[of], steps=steps)}" if of else ""
        return f"{{ __typename {inner} }}"
    return f"{{ __typename {' '.join(_fields(type_, steps))} }}"


def _fields(type_: GraphQLObjectType, steps: int) -> Iterator[str]:
    left = steps if type_.name.endswith(_WRAPPERS) else steps - 1
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(named):
            yield name
        elif left:
            page = "(first: 2)" if "first" in field.args else ""
            yield f"{name}{page} {selection(named, steps=left)}"


def visited(value: object) -> Iterator[str]:
    """The `Type.field` of everything that an answer holds."""
    if isinstance(value, list):
        for one in value:
            yield from visited(one)
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "__typename":
                yield f"{value.get('__typename')}.{name}"
                yield from visited(inner)


async def first_answer(client: Client, kind: str, query: str, variables: Json) -> Json:
    """The answer's body; of a subscription the first."""
    if kind != "subscription":
        return (await client(query, **variables)).body
    async with client.socket() as socket:
        payload = {"query": query, "variables": variables}
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
        message = await socket.message()
        return message["payload"] if message["type"] == "next" else {"errors": message["payload"]}
