"""Whether what a type resolver said is a type that a value may have; in graphql-core's words."""

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    is_object_type,
)
from graphql.pyutils import inspect

from executor.places import FieldFacts


def valid_type(
    name: object,
    value: object,
    abstract: GraphQLAbstractType,
    field: FieldFacts,
    schema: GraphQLSchema,
) -> GraphQLObjectType:
    """The type of this name. Raises GraphQLError when there is none that fits.

    An exception in place of a name is raised.
    """
    if isinstance(name, Exception):
        raise name
    if not isinstance(name, str):
        raise GraphQLError(_no_name(name, value, abstract, field), field.nodes)
    type_ = schema.get_type(name)
    if type_ is None:
        problem = f"was resolved to a type '{name}' that does not exist inside the schema."
        raise GraphQLError(f"Abstract type '{abstract}' {problem}", field.nodes)
    if not is_object_type(type_):
        problem = f"was resolved to a non-object type '{name}'."
        raise GraphQLError(f"Abstract type '{abstract}' {problem}", field.nodes)
    if not schema.is_sub_type(abstract, type_):
        problem = f"is not a possible type for '{abstract}'."
        raise GraphQLError(f"Runtime Object type '{type_}' {problem}", field.nodes)
    return type_


def _no_name(name: object, value: object, abstract: GraphQLAbstractType, field: FieldFacts) -> str:
    start = (
        f"Abstract type '{abstract}' must resolve to an Object type at runtime"
        f" for field '{field.parent_type}.{field.name}'"
    )
    if name is None:
        return (
            f"{start}. Either the '{abstract}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function."
        )
    return (
        f"{start} with value {inspect(value)}, received '{inspect(name)}',"
        " which is not a valid Object type name."
    )
