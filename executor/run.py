"""One execution of a plan: what all of its fields share, and what came of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLError, located_error
from graphql.execution.values import VariableValues

from executor.arguments import Arguments
from executor.awaiting import Pending, close_unbegun, finish, is_awaitable, settle
from executor.failures import Failure, settled
from executor.places import FieldFacts, Place, Places, nulled_by_error, path_of

if TYPE_CHECKING:
    from executor.operation import Operation
    from executor.selection import Selection


class Run:
    """Executes the root selection once, and collects the failures of all fields."""

    __slots__ = (
        "_arguments",
        "_failures",
        "_held",
        "_places",
        "_tracked",
        "context",
        "operation",
        "root",
        "variables",
        "waited",
    )

    def __init__(
        self,
        operation: "Operation",
        *,
        root: object,
        context: object,
        variables: VariableValues,
        arguments: dict[FieldFacts, Arguments],
    ) -> None:
        """`arguments` remembers what was coerced with these variables.

        `waited` tells afterwards whether anything had to be awaited.
        """
        self.operation = operation
        self.root = root
        self.context = context
        self.variables = variables
        self.waited = False
        self._arguments = arguments
        self._failures: list[Failure] = []
        self._held: list[Sequence[object]] = []
        self._places: list[Places] = []
        self._tracked: list[Any] = []

    async def execute(
        self, selection: "Selection | GraphQLError", *, serially: bool
    ) -> ExecutionResult:
        """Run the fields of the root, unless there is an error in place of them.

        Without anything to await, it does not suspend.
        """
        if isinstance(selection, GraphQLError):
            return ExecutionResult(None, [selection])
        data = selection.blank()
        groups = [[field] for field in selection.fields] if serially else [selection.fields]
        try:
            for group in groups:
                pending: Pending = []
                self.hold(pending)
                for field in group:
                    field.run(self, [self.root], [data], None, pending)
                if pending:
                    self.waited = True
                    await finish(pending)
                if serially and self._is_nulled():
                    break
            if self._tracked:
                self.waited = True
                await settle(self._tracked, range(len(self._tracked)))
        except BaseException:
            for values in self._held:
                close_unbegun(values)
            raise
        return self._result(data)

    def fail(self, place: Place, error: Exception, *, after: int | None = None) -> None:
        """Note that the value at a place failed. Whoever calls puts None there."""
        around, key, spot = place
        try:
            located = located_error(error, spot.field.nodes, path_of(place))
        except Exception as worse:  # an error that cannot be told fails what is around it
            if around is None:
                raise
            self.fail(around, worse, after=key if isinstance(key, int) else spot.ordinal)
        else:
            self._failures.append(Failure(place, located, after))

    def hold(self, values: Sequence[object]) -> None:
        """Remember what is to be awaited, in case that never comes about."""
        self._held.append(values)

    def keep_places(self, places: Sequence[Places]) -> None:
        """Remember places that are looked up in the response."""
        self._places += places

    def track(self, values: Sequence[object]) -> None:
        """Await these before the end, whatever comes of them."""
        self._tracked += [value for value in values if is_awaitable(value)]

    def arguments(self, field: FieldFacts) -> Arguments:
        """The arguments of a field with the variables of this execution."""
        known = self._arguments.get(field)
        if known is None:
            known = self._arguments[field] = Arguments(field, self.variables)
        return known

    def _result(self, data: dict[str, Any]) -> ExecutionResult:
        if not self._failures:
            return ExecutionResult(data, None)
        for places in self._places:
            places.all()  # Later they could not be found: the response gets its nulls now.
        return ExecutionResult(*settled(data, self._failures))

    def _is_nulled(self) -> bool:
        return any(not nulled_by_error(failure.place) for failure in self._failures)
