"""Arguments that are texts, numbers and flags in variables, which go in as the variables came."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from executor.arguments import all_unchanging
from executor.places import FieldFacts
from executor.walking import has_variables

_SCALARS = (GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString)
_CLASSES = (bool, float, strawberry.ID, int, str)


class _Variable(NamedTuple):
    parameter: str
    name: str
    nullable: bool
    may_be_absent: bool


class VariableArguments:
    """The arguments of a field: those that are always the same, and those that are variables."""

    __slots__ = ("_always", "_variables")

    def __init__(self, always: dict[str, Any], variables: Sequence[_Variable]) -> None:
        """`always` is what the resolver gets when no variable has a value."""
        self._always = always
        self._variables = variables

    def values(self, variables: VariableValues) -> dict[str, Any] | None:
        """What the resolver gets; None where the rules have to say what is wrong."""
        values = self._always.copy()
        coerced = variables.coerced
        for parameter, name, nullable, may_be_absent in self._variables:
            if name not in coerced:
                if not may_be_absent:
                    return None
                continue
            value = values[parameter] = coerced[name]
            if value is None and not nullable:
                return None
        return values


def variable_arguments(
    facts: FieldFacts, field: StrawberryField, schema: strawberry.Schema
) -> VariableArguments | None:
    """The arguments of a field that uses variables; None where they need more than that."""
    given = {node.name.value: node for node in facts.nodes[0].arguments or ()}
    variables: list[_Variable] = []
    always: dict[str, Any] = {}
    for argument in field.arguments:
        name = schema.config.name_converter.from_argument(argument)
        node, definition = given.get(name), facts.definition.args.get(name)
        if definition is None or (definition.out_name or name) != name:
            return None
        if node is None or not isinstance(node.value, VariableNode):
            if node and has_variables(node.value):
                return None
        elif _goes_in_as_it_comes(argument, definition):
            nullable = not is_non_null_type(definition.type)
            may_be_absent = not is_required_argument(definition)
            variable = node.value.name.value
            variables.append(_Variable(argument.python_name, variable, nullable, may_be_absent))
            if not may_be_absent:
                continue
            node = None
        else:
            return None
        try:
            always |= _converted(facts, argument, node, definition, schema)
        except Exception:  # noqa: BLE001  it is told by each call
            return None
    return VariableArguments(always, variables) if all_unchanging(always) else None


def _goes_in_as_it_comes(argument: StrawberryArgument, definition: GraphQLArgument) -> bool:
    kind = argument.type
    if type(kind) is StrawberryOptional:
        kind = kind.of_type
    type_ = get_nullable_type(definition.type)
    return any(type_ is one for one in _SCALARS) and any(kind is one for one in _CLASSES)


def _converted(
    facts: FieldFacts,
    argument: StrawberryArgument,
    node: ArgumentNode | None,
    definition: GraphQLArgument,
    schema: strawberry.Schema,
) -> dict[str, Any]:
    """One argument without variables, which may not be given at all."""
    name = schema.config.name_converter.from_argument(argument)
    alone = GraphQLField(facts.definition.type, args={name: definition})
    selected = FieldNode(name=facts.nodes[0].name, arguments=(node,) if node else ())
    return convert_arguments(
        get_argument_values(alone, selected),
        [argument],
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )
