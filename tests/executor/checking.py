"""Short ways to state a case for both executors."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, parse, validate

from tests.executor.comparing import Case, assert_same
from tests.executor.random_values import Later


async def same(
    schema: GraphQLSchema | str,
    text: str,
    root: Callable[[bool], object] | object = None,
    variables: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
) -> ExecutionResult:
    """Both executors answer the same; the answer.

    A `root` that is a function makes the root value: with True, for an execution that may wait.
    """
    return await assert_same(case_of(schema, text, root, variables, name=name))


def case_of(
    schema: GraphQLSchema | str,
    text: str,
    root: Callable[[bool], object] | object = None,
    variables: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
) -> Case:
    """The case, whose document must be valid."""
    used = build_schema(schema) if isinstance(schema, str) else schema
    document = parse(text)
    assert validate(used, document) == []
    return Case(
        schema=used,
        document=document,
        name=name,
        variables=variables or {},
        root=root if callable(root) else lambda _awaiting: root,
    )


def told(result: ExecutionResult) -> list[tuple[str, list[str | int] | None]]:
    """The messages of errors, with their paths."""
    return [(error.message, error.path) for error in result.errors or ()]


def perhaps_later(awaiting: bool, value: object) -> object:
    """The value, or something that gives it or raises it after a turn of the loop."""
    return Later(lambda: _given(value), 1) if awaiting else value


def _given(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value
