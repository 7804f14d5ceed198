"""Runs documents that were parsed, validated and found within the limits.

The one place that calls graphql-core's executor.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeGuard, cast

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
    map_source_to_response_event,
)
from strawberry.execution import optimized_is_awaitable

from resolvers.context import OperationContext
from resolvers.results import Result, of_execution, of_refusal

# Strawberry's knows what resolvers return, and is quicker than graphql-core's.
_is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


class Execution:
    """Runs operations of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """`schema` is graphql-core's."""
        self._schema = schema

    async def answer(
        self,
        document: DocumentNode,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> Result:
        """Run a query or a mutation."""
        executor = self._executor(document, name, variables, context)
        if isinstance(executor, list):
            return of_refusal(executor, context.request_id)
        result = execute_root_selection_set(executor)
        if executor.is_awaitable(result):
            result = await result
        return of_execution(cast("ExecutionResult", result), context.request_id)

    async def events(
        self,
        document: DocumentNode,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> AsyncGenerator[Result, None]:
        """Run a subscription: a result for each event, and a last one if its source fails."""
        executor = self._executor(document, name, variables, context)
        if isinstance(executor, list):
            yield of_refusal(executor, context.request_id)
            return
        created = create_source_event_stream(executor)
        source = await created if isinstance(created, Awaitable) else created
        if isinstance(source, ExecutionResult):
            yield of_refusal(source.errors or (), context.request_id)
            return
        async with aclosing(_mapped(executor, source)) as results:
            try:
                async for result in results:
                    _end_if_cancelled()
                    yield of_execution(result, context.request_id)
                    context.allowance.renew()
            except Exception as error:  # noqa: BLE001  whatever the source raised is told, or logged
                failed = GraphQLError(str(error), original_error=error)
                yield of_refusal([failed], context.request_id)

    def _executor(
        self,
        document: DocumentNode,
        name: str | None,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> Executor[Any] | list[GraphQLError]:
        """What runs the operation, or the errors of its variables."""
        return Executor.build(
            self._schema,
            document,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=name,
            is_awaitable=_is_awaitable,
        )


def _mapped(
    executor: Executor[Any], source: AsyncIterable[Any]
) -> AsyncGenerator[ExecutionResult, None]:
    return map_source_to_response_event(executor, source, _execute_event)


def _execute_event(executor: Executor[Any]) -> Awaitable[ExecutionResult] | ExecutionResult:
    """Run the fields of one event, with a memory of its own for what it collects.

    graphql-core 3.3 shares that memory between all events of a subscription, and nothing is ever
    found there again: it would grow by a kilobyte for each event.
    """
    executor._relevant_sub_fields = {}  # noqa: SLF001  there is no other way to begin anew
    return execute_subscription_event(executor)


def _end_if_cancelled() -> None:
    """Raise a cancellation that was lost: the stream would go on, with nobody to read it.

    graphql-core gathers the fields of an event; when one fails while the task is being cancelled,
    what comes out is the failure.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
