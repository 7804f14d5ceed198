"""Requests that are no GraphQL requests, each with the HTTP status that says why."""

from collections.abc import Mapping
from http import HTTPStatus

from chat.error_codes import ErrorCode
from chat.errors import ParleyError


class RequestRefusedError(ParleyError):
    """The request is refused before GraphQL sees it. `status` is 4xx."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        field: str | None = None,
        code: ErrorCode = ErrorCode.BAD_USER_INPUT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`message` must not quote what the client sent."""
        super().__init__(message, code=code, field=field)
        self.status = status
        self.headers = dict(headers or {})


def bad_request(message: str, *, field: str | None = None) -> RequestRefusedError:
    """400: the request is not well-formed."""
    return RequestRefusedError(HTTPStatus.BAD_REQUEST, message, field=field)


def method_not_allowed(message: str, *allowed: str) -> RequestRefusedError:
    """405, with the methods that are allowed."""
    headers = {"Allow": ", ".join(allowed)}
    return RequestRefusedError(HTTPStatus.METHOD_NOT_ALLOWED, message, headers=headers)
