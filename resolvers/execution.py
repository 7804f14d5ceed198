"""Runs documents that were parsed, validated and found within the limits.

By compiled plans; what those do not do, or everything where a setting says so, by graphql-core's
executor.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import Executor
from graphql.execution.async_iterables import aclosing as closing

from chat.metrics import Count
from executor.plan import BoundPlan, Plan
from executor.plans import DocumentPlans
from resolvers.at_once import AtOnce, WaitingError, without_waiting
from resolvers.context import OperationContext
from resolvers.interpretation import interpreted, interpreted_event, interpreter, source_of
from resolvers.presentation import present_told
from resolvers.results import Result, encoded, of_execution, of_refusal
from resolvers.sharing import SharedResults

Executable: TypeAlias = DocumentPlans
"""A valid document as it is run: with its plans."""

Answer: TypeAlias = Callable[[Any], Awaitable[Result]]
"""Answers to an event of a subscription."""


class Execution:
    """Runs operations of one schema."""

    def __init__(self, schema: GraphQLSchema, *, compiled: bool = True) -> None:
        """`schema` is graphql-core's; with `compiled`, operations are run by plans."""
        self._schema = schema
        self._compiled = compiled
        self._shared = SharedResults()

    async def answer(
        self,
        executable: Executable,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> Result:
        """Run a query or a mutation."""
        plan = self._plan(executable, name, context)
        executor = (
            plan.bind(variables)
            if plan
            else interpreter(self._schema, executable.document, name, variables, context)
        )
        if isinstance(executor, list):
            return of_refusal(executor, context.request_id)
        if isinstance(executor, BoundPlan):
            return of_execution(await executor.execute(None, context), context.request_id)
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
        plan = self._plan(executable, name, context)
        async with closing(source) as events:
            try:
                with (
                    self._by_graphql_core(executor, context)
                    if plan is None
                    else self._by_plan(plan, variables, context)
                ) as answer:
                    del executor  # A plan has no use for it, and streams last for days.
                    async for event in events:
                        result = await answer(event)
                        if context.at_once is not None:
                            # How the last event went is to be told by who reads the stream.
                            context.at_once.held = result.code is not None
                        yield result
                        context.allowance.renew()
            except Exception as error:  # noqa: BLE001  whatever the source raised is told, or logged
                failed = GraphQLError(str(error), original_error=error)
                yield of_refusal([failed], context.request_id)

    def _plan(
        self, executable: Executable, name: str | None, context: OperationContext
    ) -> Plan | None:
        """The plan, if there is one; what has none is given to graphql-core, and counted."""
        if not self._compiled:
            return None
        plan = executable.plan(name)
        if plan is None:
            context.application.metrics.count(Count.OPERATIONS_WITHOUT_PLAN)
        return plan

    def _by_plan(
        self, plan: Plan, variables: Mapping[str, Any], context: OperationContext
    ) -> AbstractContextManager[Answer]:
        """Answers to events, shared with all who would have the same ones."""
        bound = plan.bind(variables)
        if isinstance(bound, list):  # graphql-core had nothing against them just before
            raise bound[0]

        async def run(event: object) -> tuple[Result, bool]:
            result, waited = await bound.executed(present_told(event), context)
            if waited:
                _end_if_cancelled()
            return of_execution(result, context.request_id), not waited

        def run_at_once(event: object) -> Result | None:
            try:
                result = without_waiting(bound.execute(present_told(event), context))
            except WaitingError:  # of a type that nobody could know before
                return None
            finally:
                context.allowance.renew()
            return None if result.errors else of_execution(result, context.request_id)

        deciding = {name: variables[name] for name in plan.event_variables if name in variables}
        key = (plan, encoded(deciding).decode(), context.viewer.user.id)
        if context.deliver is None or not plan.only_reads:
            return self._shared.audience(key, run)
        reading = self._shared.audience(key, run, run_at_once)
        context.at_once = AtOnce(reading, context.deliver)
        return reading

    @staticmethod
    def _by_graphql_core(
        executor: Executor[Any], context: OperationContext
    ) -> AbstractContextManager[Answer]:
        async def answer(event: object) -> Result:
            result = await interpreted_event(executor, present_told(event))
            _end_if_cancelled()
            return of_execution(result, context.request_id)

        return nullcontext(answer)


def _end_if_cancelled() -> None:
    """Raise a cancellation that was lost: the stream would go on, with nobody to read it.

    graphql-core gathers the fields of an event; when one fails while the task is being cancelled,
    what comes out is the failure.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
