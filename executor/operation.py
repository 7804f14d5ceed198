"""The operation of a document that is to be compiled, and whether plans do all that it asks for."""

from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FragmentDetails

from executor.errors import NotCompilableError
from executor.walking import conditions_below, depth_below

DEEPEST = 64
"""How many selections may lie in one another: a level takes eight calls of Python's stack."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """An operation with the fragments of its document.

    `conditions` are the names of the variables that decide what is included.
    """

    schema: GraphQLSchema
    node: OperationDefinitionNode
    root_type: GraphQLObjectType
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    conditions: tuple[str, ...]


def operation_of(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation:
    """The operation of this name, or the only one when there is no name.

    Raises NotCompilableError when there is none, or when anything in it or in a fragment of its
    document is unknown here.
    """
    fragments: dict[str, FragmentDefinitionNode] = {}
    found: list[OperationDefinitionNode] = []
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
            _refuse_directives(definition.directives)
            if definition.variable_definitions:
                raise NotCompilableError("a fragment has variables")
        elif not isinstance(definition, OperationDefinitionNode):
            raise NotCompilableError("the document does not only execute")
        elif name is None or (definition.name and definition.name.value == name):
            found.append(definition)
    if len(found) != 1:
        raise NotCompilableError("the document has no such operation, or several")
    (operation,) = found
    _refuse_directives(operation.directives)
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        raise NotCompilableError("the schema has no such operations")
    if depth_below(operation.selection_set, fragments) > DEEPEST:
        raise NotCompilableError("selections are nested too deeply")
    conditions = conditions_below(operation.selection_set)
    for fragment in fragments.values():
        conditions |= conditions_below(fragment.selection_set)
    return Operation(
        schema=schema,
        node=operation,
        root_type=root_type,
        fragment_definitions=fragments,
        fragments={key: FragmentDetails(fragment) for key, fragment in fragments.items()},
        conditions=tuple(sorted(conditions)),
    )


def _refuse_directives(directives: tuple[DirectiveNode, ...] | None) -> None:
    if directives:
        raise NotCompilableError(f"@{directives[0].name.value} is unknown here")
