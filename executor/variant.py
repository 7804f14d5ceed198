"""What is selected in an operation, for one set of values of the variables that decide on that.

The fields of a selection are collected by graphql-core's own functions. Each set of values has a
variant of its own, in which nothing is left to be decided. Selections are made when the first
object comes that needs them, and then kept.
"""

from collections.abc import Sequence
from typing import TypeAlias

from graphql import GraphQLError, GraphQLObjectType, is_non_null_type
from graphql.execution.collect_fields import (
    FieldDetailsList,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from executor.completers import completer_of
from executor.fields import FieldPlan
from executor.operation import Operation
from executor.places import FieldFacts, Spot
from executor.readers import reader_of
from executor.selection import Selection
from executor.shaping import shapes_of

_Key: TypeAlias = tuple[GraphQLObjectType, tuple[int, ...]]


class Variant:
    """The selections of an operation."""

    def __init__(self, operation: Operation, variables: VariableValues) -> None:
        """Of `variables`, only those matter that decide what is included."""
        self._operation = operation
        self._variables = variables
        self._known: dict[_Key, Selection | GraphQLError] = {}
        self.root = self._root()

    def below(
        self, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> Selection | GraphQLError:
        """What is selected of a type below fields, or why that cannot be told."""
        key = (type_, tuple(id(detail.node) for detail in details))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._below(type_, details)
        return known

    def _root(self) -> Selection | GraphQLError:
        operation = self._operation
        try:
            collected = collect_fields(
                operation.schema,
                operation.fragments,
                self._variables,
                operation.root_type,
                operation.node,
            )
        except GraphQLError as error:
            return error.with_traceback(None)
        fields = self._fields(operation.root_type, collected.grouped_field_set)
        return Selection(fields, None)

    def _below(
        self, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> Selection | GraphQLError:
        operation = self._operation
        try:
            collected = collect_subfields(
                operation.schema,
                operation.fragments,
                self._variables,
                operation.node,
                type_,
                details,
            )
        except GraphQLError as error:
            return error.with_traceback(None)
        fields = self._fields(type_, collected.grouped_field_set)
        return Selection(fields, shapes_of(type_, fields, self.below))

    def _fields(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Sequence[FieldPlan]:
        found = [self._facts(type_, key, details) for key, details in grouped.items()]
        facts = [one for one in found if one is not None]
        return [self._plan(one, ordinal) for ordinal, one in enumerate(facts)]

    def _facts(
        self, type_: GraphQLObjectType, key: str, details: FieldDetailsList
    ) -> FieldFacts | None:
        name = details[0].node.name.value
        definition = self._operation.schema.get_field(type_, name)
        if definition is None:
            return None  # graphql-core leaves out what it does not know.
        return FieldFacts(
            key=key,
            name=name,
            nodes=[detail.node for detail in details],
            details=details,
            parent_type=type_,
            definition=definition,
        )

    def _plan(self, facts: FieldFacts, ordinal: int) -> FieldPlan:
        type_ = facts.definition.type
        schema = self._operation.schema
        return FieldPlan(
            facts,
            Spot(facts, ordinal, not is_non_null_type(type_)),
            reader=reader_of(facts, schema),
            completer=completer_of(type_, facts, schema, self.below),
        )
