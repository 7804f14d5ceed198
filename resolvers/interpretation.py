"""graphql-core's own executor: the one place that calls it.

It creates the source of every subscription, and runs what has no plan.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from typing import Any, TypeGuard, cast

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
)
from strawberry.execution import optimized_is_awaitable

from resolvers.context import OperationContext

# Strawberry's knows what resolvers return, and is quicker than graphql-core's.
_is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


def interpreter(
    schema: GraphQLSchema,
    document: DocumentNode,
    name: str | None,
    variables: Mapping[str, Any],
    context: OperationContext,
) -> Executor[Any] | list[GraphQLError]:
    """What runs an operation, or the errors of its variables."""
    return Executor.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=dict(variables),
        operation_name=name,
        is_awaitable=_is_awaitable,
    )


async def interpreted(executor: Executor[Any]) -> ExecutionResult:
    """Run a query or a mutation."""
    result = execute_root_selection_set(executor)
    if executor.is_awaitable(result):
        result = await result
    return cast("ExecutionResult", result)


async def source_of(executor: Executor[Any]) -> AsyncIterable[Any] | ExecutionResult:
    """The events of a subscription before any field is run, or the errors of subscribing."""
    created = create_source_event_stream(executor)
    return await created if isinstance(created, Awaitable) else created


async def interpreted_event(executor: Executor[Any], event: object) -> ExecutionResult:
    """Run a subscription for one event of its source.

    With a memory of its own for what it collects: graphql-core 3.3 shares that between all events
    of a subscription, and nothing is ever found there again: it would grow by a kilobyte for each.
    """
    for_event = executor.build_per_event_executor(event)
    for_event._relevant_sub_fields = {}  # noqa: SLF001  there is no other way to begin anew
    result = execute_subscription_event(for_event)
    return await result if isinstance(result, Awaitable) else result
