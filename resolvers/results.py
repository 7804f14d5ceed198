"""Results of operations, encoded: what every transport sends, each in its own wrapping."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError

from chat.errors import ParleyError
from resolvers.errors import presented


@dataclass(frozen=True, slots=True)
class Result:
    """One result.

    `body` is JSON in UTF-8 without a line break. `refused` tells that nothing was run: then there
    is no `data`. `code` is that of the first error, None where all went well.
    """

    body: bytes
    code: str | None = None
    refused: bool = False
    errors: tuple[dict[str, Any], ...] = ()

    @property
    def retry_after_seconds(self) -> float | None:
        """How long to wait before the next try, where the first error says it."""
        return self.errors[0]["extensions"].get("retryAfterSeconds") if self.errors else None


def of_execution(result: ExecutionResult, request_id: str) -> Result:
    """The result of something that was run."""
    if not result.errors:
        return Result(encoded({"data": result.data}))
    errors = _shown(result.errors, request_id)
    return Result(encoded({"data": result.data, "errors": errors}), _code(errors), errors=errors)


def of_refusal(errors: Sequence[GraphQLError], request_id: str) -> Result:
    """What is told of a request that was not run."""
    shown = _shown(errors, request_id)
    return Result(encoded({"errors": shown}), _code(shown), refused=True, errors=shown)


def of_error(error: ParleyError, request_id: str) -> Result:
    """The same for one of our own errors."""
    return of_refusal([GraphQLError(str(error), original_error=error)], request_id)


def encoded(value: object) -> bytes:
    """JSON. An error may quote text that is not Unicode; that goes out escaped."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=datetime.isoformat).encode()


def _shown(errors: Sequence[GraphQLError], request_id: str) -> tuple[dict[str, Any], ...]:
    return tuple(dict(presented(error, request_id).formatted) for error in errors)


def _code(errors: Sequence[dict[str, Any]]) -> str | None:
    return str(errors[0]["extensions"]["code"]) if errors else None
