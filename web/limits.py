"""What the endpoint takes from anyone: sizes, times and counts around an operation.

What a document may ask for is in `documents/limits.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Limits around operations.

    A request's body may have `body_bytes` and must have come within `body_seconds`. A socket must
    send its connection_init within `init_seconds`. A query may take `operation_seconds`; a
    mutation may wait `wait_seconds` for replies, and then take as long as a query.
    """

    body_bytes: int = 1024 * 1024
    body_seconds: float = 10.0
    init_seconds: float = 10.0
    operation_seconds: float = 30.0
    wait_seconds: float = 330.0
    operations_per_socket: int = 100
    sockets_per_user: int = 100
