"""The schema: root types, node types and extensions put together."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from chat.errors import ParleyError
from resolvers.context import OperationContext
from resolvers.errors import FAULTY_REQUESTS, presented
from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema.conversation import Conversation
from schema.enums import ErrorCode
from schema.message import Message
from schema.run import Run
from schema.user import ApiToken, User

_CACHED_DOCUMENTS = 512
Result = TypeVar("Result")


class ParleySchema(strawberry.Schema):
    """A schema whose errors are presented, whichever way a result goes out."""

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Run a query or mutation; a subscription needs a transport that streams."""
        allowed = kwargs.get("allowed_operation_types")
        if allowed is not None:
            kwargs["allowed_operation_types"] = set(allowed) - {OperationType.SUBSCRIPTION}
        result = await super().execute(*args, **kwargs)
        return _presented(result, kwargs["context_value"])

    async def stream(self, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        """Run any operation as a stream of results."""
        context: OperationContext = kwargs["context_value"]
        try:
            await context.renew()
        except ParleyError as error:
            return _refused(error, context)
        results = await super().stream(*args, **kwargs)
        return _each_presented(results, context)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: Strawberry would log whole documents with the texts in them."""


async def _refused(
    error: ParleyError, context: OperationContext
) -> AsyncGenerator[PreExecutionError, None]:
    shown = presented(GraphQLError(str(error), original_error=error), context.request_id)
    yield PreExecutionError(data=None, errors=[shown])


async def _each_presented(
    results: AsyncGenerator[Any, None], context: OperationContext
) -> AsyncGenerator[Any, None]:
    try:
        async with aclosing(results):
            async for result in results:
                yield _presented(result, context)
    except FAULTY_REQUESTS as error:
        errors = [presented(_as_graphql_error(error), context.request_id)]
        yield PreExecutionError(data=None, errors=errors)


def _as_graphql_error(error: Exception) -> GraphQLError:
    """What Strawberry raises, in a stream, for a document that it cannot begin to run."""
    if isinstance(error, GraphQLError):
        return error
    return GraphQLError(str(error) or "This document has no operation that can be run here.")


def _presented(result: Result, context: OperationContext) -> Result:
    if isinstance(result, ExecutionResult) and result.errors:
        result.errors = [presented(error, context.request_id) for error in result.errors]
    return result


@cache
def graphql_schema() -> ParleySchema:
    """The schema, which is made once for each process."""
    return ParleySchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[User, ApiToken, Conversation, Message, Run, ErrorCode],
        config=StrawberryConfig(auto_camel_case=True),
        extensions=[
            lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
            lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
        ],
    )
