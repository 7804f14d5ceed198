"""Runs documents that were parsed, validated and found within the limits.

By compiled plans; what those do not do, or everything where a setting says so, by graphql-core's
executor.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import aclosing
from typing import Any, TypeAlias

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, map_async_iterable

from chat.metrics import Count
from executor.plan import BoundPlan
from executor.plans import DocumentPlans
from resolvers.context import OperationContext
from resolvers.interpretation import interpreted, interpreted_events, interpreter, source_of
from resolvers.results import Result, of_execution, of_refusal

Executable: TypeAlias = DocumentPlans
"""A valid document as it is run: with its plans."""


class Execution:
    """Runs operations of one schema."""

    def __init__(self, schema: GraphQLSchema, *, compiled: bool = True) -> None:
        """`schema` is graphql-core's; with `compiled`, operations are run by plans."""
        self._schema = schema
        self._compiled = compiled

    async def answer(
        self,
        executable: Executable,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> Result:
        """Run a query or a mutation."""
        bound = self._bound(executable, name, variables, context)
        if isinstance(bound, BoundPlan):
            return of_execution(await bound.execute(None, context), context.request_id)
        executor = bound or interpreter(self._schema, executable.document, name, variables, context)
        if isinstance(executor, list):
            return of_refusal(executor, context.request_id)
        return of_execution(await interpreted(executor), context.request_id)

    async def events(
        self,
        executable: Executable,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> AsyncGenerator[Result, None]:
        """Run a subscription: a result for each event, and a last one if its source fails."""
        executor = interpreter(self._schema, executable.document, name, variables, context)
        if isinstance(executor, list):
            yield of_refusal(executor, context.request_id)
            return
        source = await source_of(executor)
        if isinstance(source, ExecutionResult):
            yield of_refusal(source.errors or (), context.request_id)
            return
        bound = self._bound(executable, name, variables, context)
        if isinstance(bound, BoundPlan):
            events = _planned_events(bound, source, context)
        else:
            events = interpreted_events(executor, source)
        async with aclosing(events) as results:
            try:
                async for result in results:
                    _end_if_cancelled()
                    yield of_execution(result, context.request_id)
                    context.allowance.renew()
            except Exception as error:  # noqa: BLE001  whatever the source raised is told, or logged
                failed = GraphQLError(str(error), original_error=error)
                yield of_refusal([failed], context.request_id)

    def _bound(
        self,
        executable: Executable,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> BoundPlan | list[GraphQLError] | None:
        """The plan with its variables, or what is wrong with them; None without a plan."""
        if not self._compiled:
            return None
        plan = executable.plan(name)
        if plan is None:
            context.application.metrics.count(Count.OPERATIONS_WITHOUT_PLAN)
            return None
        return plan.bind(variables)


def _planned_events(
    bound: BoundPlan, source: AsyncIterable[Any], context: OperationContext
) -> AsyncGenerator[ExecutionResult, None]:
    """Run a subscription for each event of its source, which is closed with the results."""

    async def run(event: object) -> ExecutionResult:
        return await bound.execute(event, context)

    return map_async_iterable(source, run)


def _end_if_cancelled() -> None:
    """Raise a cancellation that was lost: the stream would go on, with nobody to read it.

    graphql-core gathers the fields of an event; when one fails while the task is being cancelled,
    what comes out is the failure.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
