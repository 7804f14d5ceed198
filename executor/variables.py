"""Variables of an operation, coerced by graphql-core's rules.

Texts, numbers and flags of the class that they mostly are need no more than a look; everything else
is left to graphql-core's own function.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_nullable_type,
    get_variable_values,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource

MOST_ERRORS = 50
"""How many faults of variables are told; as in graphql-core's executor."""

_LEAST, _MOST = -(2**31), 2**31 - 1
_CLASSES = {GraphQLBoolean: bool, GraphQLID: str, GraphQLInt: int, GraphQLString: str}


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        """The operation must be valid for the schema."""
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        signatures = [get_variable_signature(schema, node) for node in self._nodes]
        self._simple = [_Simple(one) for one in signatures if not isinstance(one, GraphQLError)]

    def coerced(self, values: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values that resolvers get, or what is wrong with those that were given."""
        simple = self._all_simple(values)
        if simple is not None:
            return simple
        return get_variable_values(self._schema, self._nodes, dict(values), max_errors=MOST_ERRORS)

    def _all_simple(self, values: Mapping[str, Any]) -> VariableValues | None:
        """The values, if all of them go in as they came."""
        if len(self._simple) != len(self._nodes):
            return None
        if not self._nodes:
            return VariableValues({}, {})
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for one in self._simple:
            name = one.signature.name
            value = values.get(name, Undefined)
            if not one.takes(value):
                return None
            sources[name] = VariableValueSource(one.signature, value)
            if value is not Undefined:
                coerced[name] = value
        return VariableValues(sources, coerced)


class _Simple:
    """One variable, and what goes in for it as it comes."""

    __slots__ = ("_class", "_may_be_absent", "_nullable", "signature")

    def __init__(self, signature: GraphQLVariableSignature) -> None:
        self.signature = signature
        self._nullable = not is_non_null_type(signature.type)
        self._may_be_absent = self._nullable and signature.default is None
        type_: Any = get_nullable_type(signature.type)
        self._class = next((kind for one, kind in _CLASSES.items() if one is type_), None)

    def takes(self, value: object) -> bool:
        """Whether coercion would leave the value as it is."""
        if value is Undefined:
            return self._may_be_absent
        if value is None:
            return self._nullable
        if type(value) is not self._class:
            return False
        return not isinstance(value, int) or _LEAST <= value <= _MOST
