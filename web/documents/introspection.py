"""How much introspection one document may ask for.

graphql-core's MaxIntrospectionDepthRule bounds how deep it goes, but not how wide: with aliases and
fragments, a short document could ask for a million types. The measure is what tools really send:
their queries are those of graphql-core's `get_introspection_query`, give or take a field.
"""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from chat.errors import QueryTooComplexError
from web.documents.cost import CostFormula
from web.documents.shape import shape_of

_TIMES_THE_USUAL = 1.5


def most_introspection(schema: GraphQLSchema) -> int:
    """The most that a document may ask for: half as much again as the usual query."""
    node = parse(get_introspection_query(input_value_deprecation=True))
    formula = CostFormula(schema, shape_of(node).fragments)
    return int(formula.introspection_cost(_operations(node)) * _TIMES_THE_USUAL)


def check_introspection(formula: CostFormula, node: DocumentNode, allowed: int) -> None:
    """Raise QueryTooComplexError when an operation asks for too much. The document is valid."""
    found = formula.introspection_cost(_operations(node))
    if found > allowed:
        raise QueryTooComplexError(limit="introspection", found=found, allowed=allowed)


def _operations(node: DocumentNode) -> Iterator[OperationDefinitionNode]:
    return (each for each in node.definitions if isinstance(each, OperationDefinitionNode))
