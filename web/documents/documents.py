"""Documents that are ready to run, or known not to be; each text is looked at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
)

from chat.errors import BadUserInputError, QueryTooComplexError
from resolvers.execution import Executable
from web.documents.cost import CostFormula
from web.documents.introspection import check_introspection, most_introspection
from web.documents.limits import DocumentLimits
from web.documents.reading import read
from web.documents.recently_used import RecentlyUsed
from web.documents.rules import validation_errors
from web.documents.shape import check_shape, shape_of

# A syntax tree takes about half a kilobyte for each token, a plan of it nearly a whole one, and a
# refusal little more than its text. Weights are counted in tokens of syntax trees.
_TOKENS_OF_A_DOCUMENT = 200
_TOKENS_OF_A_REFUSAL = 30
_OF_A_PLAN = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A document that keeps the limits. It can run when there are no `errors`."""

    text: str
    node: DocumentNode
    operations: Sequence[OperationDefinitionNode]
    executable: Executable
    errors: Sequence[GraphQLError]
    formula: CostFormula
    allowed_cost: int

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one when there is no name.

        An empty name counts as none, since some tools send that. Raises BadUserInputError for
        operationName.
        """
        operations = self.operations
        if name:
            operations = [each for each in operations if each.name and each.name.value == name]
        if len(operations) != 1:
            problem = "must name one of the operations of this document"
            raise BadUserInputError("operationName", problem)
        return operations[0]

    def check_cost(
        self, operation: OperationDefinitionNode, variables: Mapping[str, object]
    ) -> int:
        """The cost of an operation of this document, which must have no errors.

        `variables` are as the client sent them. Raises QueryTooComplexError.
        """
        cost = self.formula.cost(operation, variables)
        if cost > self.allowed_cost:
            raise QueryTooComplexError(limit="cost", found=cost, allowed=self.allowed_cost)
        return cost


class Documents:
    """Prepares documents for one schema, and remembers those that were used last."""

    def __init__(
        self, schema: GraphQLSchema, limits: DocumentLimits, *, capacity: int = 512
    ) -> None:
        """`capacity` is the most documents to remember; fewer, when they are long."""
        self._schema = schema
        self._limits = limits
        self._known: RecentlyUsed[Document | QueryTooComplexError] = RecentlyUsed(
            capacity=capacity, weight=capacity * _TOKENS_OF_A_DOCUMENT * (1 + _OF_A_PLAN)
        )
        self._most_introspection = most_introspection(schema)

    def prepare(self, text: str) -> Document:
        """Read, measure and validate a document. Raises QueryTooComplexError."""
        allowed = self._limits.characters
        if len(text) > allowed:
            raise QueryTooComplexError(limit="characters", found=len(text), allowed=allowed)
        known = self._known.get(text) or self._learnt(text)
        if isinstance(known, QueryTooComplexError):
            # A new one each time: the traceback of one would grow with each raise.
            raise QueryTooComplexError(limit=known.limit, found=known.found, allowed=known.allowed)
        return known

    def _learnt(self, text: str) -> Document | QueryTooComplexError:
        known: Document | QueryTooComplexError
        try:
            known, tokens = self._read(text)
        except QueryTooComplexError as error:
            found = QueryTooComplexError(
                limit=error.limit, found=error.found, allowed=error.allowed
            )
            known, tokens = found, _TOKENS_OF_A_REFUSAL
        self._known.put(text, known, weight=tokens)
        return known

    def _read(self, text: str) -> tuple[Document, int]:
        """A document and its weight, all plans that it may come to included."""
        try:
            node, tokens = read(text, self._limits)
        except GraphQLSyntaxError as error:
            # Its traceback would keep the parser and all its tokens.
            empty = DocumentNode(definitions=())
            return self._document(text, empty, [error.with_traceback(None)]), _TOKENS_OF_A_REFUSAL
        shape = shape_of(node)
        check_shape(shape, self._limits)
        introspection = self._limits.introspection
        errors = validation_errors(self._schema, node, introspection=introspection)
        document = self._document(text, node, errors, shape.fragments)
        if not errors:
            check_introspection(document.formula, node, self._most_introspection)
            return document, tokens * (1 + _OF_A_PLAN * document.executable.most_variants)
        return document, tokens

    def _document(
        self,
        text: str,
        node: DocumentNode,
        errors: Sequence[GraphQLError],
        fragments: Sequence[FragmentDefinitionNode] = (),
    ) -> Document:
        return Document(
            text=text,
            node=node,
            operations=_operations(node),
            executable=Executable(self._schema, node),
            errors=errors,
            formula=CostFormula(self._schema, fragments),
            allowed_cost=self._limits.cost,
        )


def _operations(node: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
