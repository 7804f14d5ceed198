"""What resolvers are told of an execution, made only as far as they ask."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel
from graphql.type import GraphQLResolveInfoHelpers

from executor.awaiting import is_awaitable
from executor.places import FieldFacts, Places, as_path

if TYPE_CHECKING:
    from executor.run import Run


class ResolveInfo:
    """Reads like graphql-core's GraphQLResolveInfo, but for being a tuple."""

    __slots__ = ("_field", "_index", "_places", "_run", "context")

    def __init__(self, run: "Run", field: FieldFacts, places: Places, index: int = 0) -> None:
        """`index` is that of a parent, and `places` are where the field stands for all of them."""
        self._run = run
        self._field = field
        self._places = places
        self._index = index
        self.context: Any = run.context

    @property
    def field_name(self) -> str:
        """The field's name in the schema."""
        return self._field.name

    @property
    def field_nodes(self) -> list[FieldNode]:
        """Where the document selects the field."""
        return self._field.nodes

    @property
    def known(self) -> dict[Any, Any]:
        """What resolvers of the field found out by its nodes, for as long as there is the plan.

        graphql-core's has no such thing.
        """
        return self._field.known

    @property
    def return_type(self) -> GraphQLOutputType:
        """The field's type."""
        return self._field.definition.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        """The type that the field belongs to."""
        return self._field.parent_type

    @property
    def path(self) -> Path:
        """Where the field stands in the response."""
        return as_path(self._places.all()[self._index])

    @property
    def schema(self) -> GraphQLSchema:
        """graphql-core's schema."""
        return self._run.operation.schema

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by their names."""
        return self._run.operation.fragment_definitions

    @property
    def root_value(self) -> Any:  # noqa: ANN401  whatever the caller gave
        """The root value."""
        return self._run.root

    @property
    def operation(self) -> OperationDefinitionNode:
        """The operation that is executed."""
        return self._run.operation.node

    @property
    def variable_values(self) -> VariableValues:
        """The variables, coerced."""
        return self._run.variables

    @property
    def is_awaitable(self) -> Callable[[Any], bool]:
        """Tells what is awaited."""
        return is_awaitable

    @property
    def abort_signal(self) -> None:
        """There is none: to end an execution, cancel its task."""
        return

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """What type resolvers do with several awaitables."""
        return GraphQLResolveInfoHelpers(gather=_gathered, track=self._run.track)


def _gathered(awaitables: Any) -> Awaitable[list[Any]]:  # noqa: ANN401  as graphql-core has it
    return gather_with_cancel(*awaitables)
