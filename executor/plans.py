"""The plans of a document, kept with it: each operation is compiled when it is first asked for."""

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from executor.errors import NotCompilableError
from executor.plan import VARIANTS, Plan, compile_plan
from executor.walking import conditions_below


class DocumentPlans:
    """Plans by the names of operations; no more than the document has operations.

    `most_variants` says how often the document may be laid out in them.
    """

    __slots__ = ("_known", "_schema", "document")

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        """The document must be valid for the schema, before a plan of it is asked for."""
        self.document = document
        self._schema = schema
        self._known: dict[str | None, Plan | None] = {}

    def plan(self, name: str | None) -> Plan | None:
        """The plan of an operation; None when it cannot be compiled, which is remembered too."""
        if name in self._known:
            return self._known[name]
        try:
            plan = compile_plan(self._schema, self.document, name)
        except NotCompilableError:
            plan = None
        if len(self._known) <= len(self.document.definitions):
            self._known[name] = plan
        return plan

    @property
    def kept(self) -> int:
        """How many plans are kept, those that could not be made included."""
        return len(self._known)

    @property
    def most_variants(self) -> int:
        """For each operation, and for each set of values of the variables in conditions, a plan."""
        operations = 0
        conditions: set[str] = set()
        try:
            for definition in self.document.definitions:
                if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                    operations += isinstance(definition, OperationDefinitionNode)
                    conditions |= conditions_below(definition.selection_set)
        except NotCompilableError:
            return 0
        # A flag is true, false, or not given.
        flags: int = 3 ** len(conditions)
        return operations * min(VARIANTS, flags)
