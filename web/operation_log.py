"""The log's line for an operation: how it went, never what was asked or answered."""

import re
from typing import Literal
from uuid import UUID

from structlog.typing import FilteringBoundLogger

OperationKind = Literal["query", "mutation", "subscription"]
OperationStatus = Literal["ok", "error"]

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
_LONGEST_NAME = 100


def operation_line(
    log: FilteringBoundLogger,
    *,
    name: str | None,
    kind: OperationKind | None,
    duration_ms: float,
    status: OperationStatus,
    user_id: UUID | None,
    request_id: str,
    code: str | None = None,
) -> None:
    """Write one line for one operation that ended.

    `name` is what the document calls the operation, `duration_ms` the time in milliseconds, `code`
    that of the first error. `kind` is None for an operation that was refused unread. A name that
    GraphQL does not allow is not repeated.
    """
    log.info(
        "operation",
        name=_shown_name(name),
        kind=kind,
        duration_ms=round(duration_ms, 1),
        status=status,
        code=code,
        user=None if user_id is None else str(user_id),
        request_id=request_id,
    )


def _shown_name(name: str | None) -> str:
    if name is None or not _NAME.fullmatch(name):
        return "anonymous"
    return name[:_LONGEST_NAME]
