"""An operation from its request to its results: rate, document, limits, time, and the log.

The same for every transport. What a transport needs to know of a refusal is in the `Result`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from typing import Any

import structlog
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from chat.errors import OperationTimeoutError, ParleyError, RateLimitedError
from chat.metrics import Held, Metrics
from chat.rates import RateKind
from chat.tracing import Span
from resolvers.context import OperationContext
from resolvers.execution import Execution
from resolvers.results import Result, of_error, of_refusal
from web.documents.documents import Document, Documents
from web.documents.persisted import PersistedQueries
from web.http.parameters import Parameters
from web.limits import EdgeLimits
from web.operation_log import OperationKind, operation_line
from web.shared_timeout import SharedTimeout
from web.spans import operation_span

_log = structlog.get_logger("web.operation_log")


class FaultyDocumentError(Exception):
    """A document that cannot be parsed, or does not fit the schema."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        """`errors` say where and why."""
        super().__init__("the document is faulty")
        self.errors = errors


Refusal = ParleyError | FaultyDocumentError


class Operation:
    """An operation that may be run."""

    __slots__ = ("context", "document", "kind", "name", "type", "variables")

    def __init__(
        self,
        document: Document,
        node: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: OperationContext,
    ) -> None:
        """`name` is what the document calls it, `type` the word for its kind."""
        self.document = document
        self.kind = node.operation
        self.type: OperationKind = self.kind.value
        self.name = node.name.value if node.name else None
        self.variables = variables
        self.context = context


class Operations:
    """Prepares and runs operations."""

    def __init__(
        self,
        *,
        execution: Execution,
        documents: Documents,
        persisted: PersistedQueries,
        limits: EdgeLimits,
    ) -> None:
        """Keep the collaborators."""
        self._execution = execution
        self._documents = documents
        self._persisted = persisted
        self._query_timeout = SharedTimeout(limits.operation_seconds)
        self._mutation_timeout = SharedTimeout(limits.operation_seconds + limits.wait_seconds)
        # Bound once: making a logger takes as long as writing the line.
        self._log = _log.bind()

    async def prepare(self, parameters: Parameters, context: OperationContext) -> Operation:
        """Everything that comes before execution, the cheap first.

        Raises ParleyError, QueryTooComplexError among them, or FaultyDocumentError.
        """
        rates, user_id = context.application.rates, context.viewer.user.id
        wait_seconds = await rates.hit(RateKind.OPERATION, user_id)
        if wait_seconds is not None:
            raise RateLimitedError(retry_after_seconds=wait_seconds)
        text = self._persisted.text(query=parameters.query, extensions=parameters.extensions)
        document = self._documents.prepare(text)
        if document.errors:
            raise FaultyDocumentError(document.errors)
        node = document.operation(parameters.operation_name)
        document.check_cost(node, parameters.variables)
        return Operation(document, node, parameters.variables, context)

    def refused(self, error: Refusal, context: OperationContext) -> Result:
        """What is told of an operation that `prepare` refused."""
        result = refusal(error, context.request_id)
        context.application.tracing.event("refused", {"error.type": result.code or ""})
        self._tell_end(context, result)
        return result

    async def answer(self, operation: Operation) -> Result:
        """Run a query or a mutation, for no longer than it may take."""
        with _span(operation) as span:
            result = await self._answered(operation)
            if result.code:
                span.failed(result.code)
        self._tell_end(operation.context, result, operation)
        return result

    async def results(self, operation: Operation) -> AsyncGenerator[Result, None]:
        """Run any operation as a stream; a query or a mutation has one result."""
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self.answer(operation)
            return
        last: Result | None = None
        events = self._execution.events(
            operation.document.executable, operation.name, operation.variables, operation.context
        )
        metrics = operation.context.application.metrics
        with metrics.holding(Held.SUBSCRIPTIONS), _span(operation) as span:
            try:
                async with aclosing(events):
                    async for last in events:
                        yield last
            finally:
                if last is not None and last.code:
                    span.failed(last.code)
                self._tell_end(operation.context, last, operation)

    async def _answered(self, operation: Operation) -> Result:
        context = operation.context
        mutates = operation.kind is OperationType.MUTATION
        timeout = self._mutation_timeout if mutates else self._query_timeout
        try:
            with timeout.begin():
                return await self._execution.answer(
                    operation.document.executable, operation.name, operation.variables, context
                )
        except TimeoutError:
            return of_error(OperationTimeoutError(timeout.seconds), context.request_id)

    def _tell_end(
        self, context: OperationContext, result: Result | None, operation: Operation | None = None
    ) -> None:
        """Count each operation, with one line. Of a stream, `result` is the last one, if any."""
        code = result.code if result else None
        name, kind = (operation.name, operation.type) if operation else (None, None)
        seconds = context.elapsed_seconds
        context.application.metrics.operation_ended(
            transport=context.transport, kind=kind, code=code, seconds=seconds
        )
        operation_line(
            self._log,
            name=name,
            kind=kind,
            duration_ms=seconds * 1000,
            status="error" if code else "ok",
            user_id=context.viewer.user.id,
            request_id=context.request_id,
            code=code,
        )


def refusal(error: Refusal, request_id: str) -> Result:
    """What is told of a request that is not run."""
    if isinstance(error, FaultyDocumentError):
        return of_refusal(error.errors, request_id)
    return of_error(error, request_id)


def tell_refusal(metrics: Metrics, request_id: str, result: Result) -> None:
    """Count a request of nobody that is known, and write one line for it."""
    metrics.operation_ended(transport="http", kind=None, code=result.code, seconds=0)
    operation_line(
        _log,
        name=None,
        kind=None,
        duration_ms=0,
        status="error",
        user_id=None,
        request_id=request_id,
        code=result.code,
    )


def _span(operation: Operation) -> AbstractContextManager[Span]:
    tracing = operation.context.application.tracing
    return operation_span(tracing, kind=operation.type, name=operation.name)
