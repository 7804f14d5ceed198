"""Which executor runs an operation, and that both answer."""

from types import SimpleNamespace
from typing import cast

import orjson
import pytest
import strawberry
from graphql import GraphQLSchema, parse

from chat.metrics import Count
from resolvers.context import OperationContext
from resolvers.execution import Executable, Execution
from resolvers.results import Result
from tests.chat.fake_observers import RecordingMetrics


@strawberry.type
class Query:
    """A schema."""

    @strawberry.field
    def number(self, times: int = 1) -> int:
        """A number."""
        return 7 * times


class Context:
    """What an answer needs of its context."""

    request_id = "r1"

    def __init__(self) -> None:
        """Nothing was counted."""
        self.metrics = RecordingMetrics()
        self.application = SimpleNamespace(metrics=self.metrics)


@pytest.fixture
def schema() -> GraphQLSchema:
    return strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry offers no other way


@pytest.fixture
def context() -> Context:
    return Context()


async def answered(
    execution: Execution, schema: GraphQLSchema, context: Context, text: str, **variables: object
) -> Result:
    executable = Executable(schema, parse(text))
    return await execution.answer(executable, None, variables, cast("OperationContext", context))


@pytest.mark.parametrize("compiled", [True, False])
async def test_both_executors_answer(
    schema: GraphQLSchema, context: Context, *, compiled: bool
) -> None:
    execution = Execution(schema, compiled=compiled)
    text = "query ($t: Int!) { a: number(times: $t) }"
    assert (await answered(execution, schema, context, text, t=2)).body == b'{"data":{"a":14}}'
    refused = await answered(execution, schema, context, text, t="2")
    assert refused.refused
    assert "data" not in orjson.loads(refused.body)
    assert not context.metrics.counts


async def test_what_has_no_plan_is_given_to_graphql_core_and_counted(
    schema: GraphQLSchema, context: Context
) -> None:
    execution = Execution(schema)
    result = await answered(execution, schema, context, "{ number @unknown }")
    assert result.body == b'{"data":{"number":7}}'
    assert context.metrics.counts == {Count.OPERATIONS_WITHOUT_PLAN: 1}
