"""Whether what is selected below the root is only read off its objects, so that nothing waits."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    SKIP,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)

from executor.ordinary import attribute_of


def only_reads(
    schema: GraphQLSchema,
    node: OperationDefinitionNode,
    fragments: Iterable[FragmentDefinitionNode],
) -> bool:
    """Whether no field but those of the root has a resolver, whatever is included."""
    return _reads(schema, node) and all(_reads(schema, fragment) for fragment in fragments)


def _reads(schema: GraphQLSchema, node: OperationDefinitionNode | FragmentDefinitionNode) -> bool:
    types = TypeInfo(schema)
    found = _Resolvers(schema, types)
    visit(node, TypeInfoVisitor(types, found))
    return not found.any


class _Resolvers(Visitor):
    """Looks for a field that has one."""

    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self.any = False
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        self._types = types

    def enter_field(self, node: FieldNode, *_: Any) -> object:
        """Look at one; of one that has a resolver the rest does not matter."""
        parent, field = self._types.get_parent_type(), self._types.get_field_def()
        is_plain = node.name.value == "__typename" or parent in self._roots
        if is_plain or (field is not None and attribute_of(field) is not None):
            return None
        self.any = True
        return SKIP
