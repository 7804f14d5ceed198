"""Plans: operations that were compiled, and can be run any number of times at the same time.

    plan = compile_plan(schema, document, operation_name)
    result = await plan.execute(root, context, variables)

The document must be valid for the schema. Results are graphql-core's: data of dicts, lists and
leaves, and errors with paths, places and causes, in the order of the response. Leaves are what
orjson takes: a time in UTC may be a datetime, which it writes like the text. Whether, and which
errors below a null are told, does not depend on timing: they are those that graphql-core tells when
nothing has to be awaited. A plan that has nothing to await does not suspend. Cancelling the task
that executes a plan cancels all that the plan has begun.
"""

from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
)
from graphql.execution.values import VariableValues

from executor.arguments import Arguments
from executor.operation import Operation, operation_of
from executor.places import FieldFacts
from executor.reading import only_reads
from executor.run import Run
from executor.variables import Variables
from executor.variant import Variant
from executor.walking import variables_below, variables_in

VARIANTS = 4
"""How many sets of what is included a plan remembers."""


def compile_plan(schema: GraphQLSchema, document: DocumentNode, name: str | None = None) -> "Plan":
    """The plan of an operation of a valid document; the only one, when there is no name.

    Raises NotCompilableError for what plans do not do: whoever calls can give that to graphql-core.
    """
    return Plan(operation_of(schema, document, name))


class Plan:
    """An operation, ready to be run."""

    def __init__(self, operation: Operation) -> None:
        """Use `compile_plan`."""
        self._operation = operation
        self._variables = Variables(operation.schema, operation.node)
        self._variants: OrderedDict[tuple[object, ...], Variant] = OrderedDict()

    @cached_property
    def event_variables(self) -> tuple[str, ...]:
        """The names of the variables that decide what a subscription answers to an event.

        Those in arguments of the root field alone are not among them: its source was made of them.
        """
        operation = self._operation
        found = set(operation.conditions)
        for selection in operation.node.selection_set.selections:
            found |= variables_below(selection)
        for fragment in operation.fragment_definitions.values():
            found |= variables_in(fragment.selection_set)
        return tuple(sorted(found))

    @cached_property
    def only_reads(self) -> bool:
        """Whether an event is answered by what can be read off it, so that nothing waits."""
        operation = self._operation
        fragments = operation.fragment_definitions.values()
        return only_reads(operation.schema, operation.node, fragments)

    @property
    def variants(self) -> int:
        """How many sets of what is included are remembered."""
        return len(self._variants)

    def bind(self, variables: Mapping[str, Any]) -> "BoundPlan | list[GraphQLError]":
        """The plan with variables, for one execution or many; or what is wrong with them."""
        operation = self._operation
        values = self._variables.coerced(variables)
        if isinstance(values, list):
            return values
        return BoundPlan(operation, self._variant(values), values)

    async def execute(
        self, root: object, context: object, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        """Run a query or a mutation, whose root fields are run one after the other."""
        bound = self.bind(variables)
        if isinstance(bound, list):
            return ExecutionResult(None, bound)
        return await bound.execute(root, context)

    async def execute_event(
        self, payload: object, context: object, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        """Run a subscription for one event of its source.

        Who has many of them with the same variables is better served by `bind`.
        """
        return await self.execute(payload, context, variables)

    def _variant(self, values: VariableValues) -> Variant:
        names = self._operation.conditions
        key = tuple(values.coerced.get(name, _ABSENT) for name in names) if names else ()
        variant = self._variants.get(key)
        if variant is None:
            variant = self._variants[key] = Variant(self._operation, self._deciding(values))
            if len(self._variants) > VARIANTS:
                self._variants.popitem(last=False)
        elif names:
            self._variants.move_to_end(key)
        return variant

    def _deciding(self, values: VariableValues) -> VariableValues:
        """Only what decides: a plan keeps nothing else that was sent with an operation."""
        names = self._operation.conditions
        return VariableValues(
            {name: values.sources[name] for name in names if name in values.sources},
            {name: values.coerced[name] for name in names if name in values.coerced},
        )


class BoundPlan:
    """A plan with variables, and what was made of them."""

    def __init__(self, operation: Operation, variant: Variant, values: VariableValues) -> None:
        """Use `Plan.bind`."""
        self._operation = operation
        self._variant = variant
        self._values = values
        self._arguments: dict[FieldFacts, Arguments] = {}
        self._serially = operation.node.operation is OperationType.MUTATION

    def execute(self, root: object, context: object) -> Coroutine[Any, Any, ExecutionResult]:
        """Run the operation; of a subscription, `root` is the event."""
        return self._run(root, context).execute(self._variant.root, serially=self._serially)

    async def executed(self, root: object, context: object) -> tuple[ExecutionResult, bool]:
        """The same, and whether anything had to be awaited.

        Where nothing had to be, and resolvers that do not wait read nothing but their arguments,
        the same event has the same result at any other time.
        """
        run = self._run(root, context)
        result = await run.execute(self._variant.root, serially=self._serially)
        return result, run.waited

    def _run(self, root: object, context: object) -> Run:
        return Run(
            self._operation,
            root=root,
            context=context,
            variables=self._values,
            arguments=self._arguments,
        )


_ABSENT = object()
