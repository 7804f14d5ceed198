"""What a field costs by itself, before anything below it."""

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

ASKS_THE_MODEL = 10
WRITES = 5
IMPORTS = 100
WORKS = 10
COUNTS = 1

_OF_MUTATIONS = {
    "sendMessage": ASKS_THE_MODEL,
    "editMessage": ASKS_THE_MODEL,
    "regenerateReply": ASKS_THE_MODEL,
    "importConversations": IMPORTS,
}
_WORKING = frozenset({"checkMessage", "exportConversation", "searchMessages"})


def own_cost(
    schema: GraphQLSchema, parent: GraphQLCompositeType, name: str, field: GraphQLField
) -> int:
    """The cost of a field for each time it is answered."""
    if parent is schema.mutation_type:
        return _OF_MUTATIONS.get(name, WRITES)
    if parent is schema.query_type and name in _WORKING:
        return WORKS
    if name == "totalCount" and is_connection(parent):
        return COUNTS
    return 1 if is_composite_type(get_named_type(field.type)) else 0


def is_connection(type_: GraphQLCompositeType) -> bool:
    """Whether a type is a page of items, as Relay has it."""
    return isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and (
        "edges" in type_.fields or "nodes" in type_.fields
    )
