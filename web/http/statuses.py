"""The HTTP status of an answer.

Nothing here does I/O. Source: section "Status Codes" of the GraphQL over HTTP specification.
"""

from http import HTTPStatus

from chat.error_codes import ErrorCode
from resolvers.results import Result
from web.http.media_types import AnswerType

# The names of HTTPStatus are looked up by a function of Python's, each time.
OK = HTTPStatus.OK
# What has a status of its own, whatever the client takes. The rest depends on the media type.
_OF_CODES = {
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.SHUTTING_DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(result: Result, type_: AnswerType) -> HTTPStatus:
    """200 for everything that was run. What was refused is 200 in old JSON, otherwise 400."""
    if not result.refused:
        return OK
    if result.code in _OF_CODES:
        return _OF_CODES[ErrorCode(result.code)]
    return OK if type_ is AnswerType.JSON else HTTPStatus.BAD_REQUEST
