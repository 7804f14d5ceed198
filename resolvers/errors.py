"""Errors on their way out: each gets a code, and nothing that was not meant for clients."""

import re

import structlog
from graphql import GraphQLError

from chat.error_codes import CATALOGUE, ErrorCode
from chat.errors import ParleyError

_log = structlog.get_logger()

# Where graphql-core names the input field that does not fit.
_FIELD = re.compile(r"at \.(?:\w+\.)*(\w+): |required field '(\w+)'|unknown field '(\w+)'")


def presented(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as clients see it, as a new object: errors of validation are shared by a cache.

    Ours keep what they say, and a faulty request is BAD_USER_INPUT. Anything else is a fault of
    ours: it is logged here, once, and replaced.
    """
    cause = error.original_error
    message = error.message
    if isinstance(cause, ParleyError):
        extensions = cause.extensions
    elif cause is None or isinstance(cause, GraphQLError):
        extensions = _faulty_request(message).extensions
    else:
        _log.error("internal error", request_id=request_id, exc_info=cause)
        message = CATALOGUE[ErrorCode.INTERNAL].sentence
        extensions = ParleyError().extensions
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**extensions, "requestId": request_id},
    )


def _faulty_request(message: str) -> ParleyError:
    match = _FIELD.search(message)
    field = next(filter(None, match.groups()), None) if match else None
    return ParleyError(code=ErrorCode.BAD_USER_INPUT, field=field)
