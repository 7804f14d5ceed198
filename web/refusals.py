"""What a client is told whose request cannot be read. It never quotes what the client sent."""

from collections.abc import Iterable
from enum import Enum
from http import HTTPStatus
from uuid import uuid4

import orjson

from chat.error_codes import ErrorCode
from chat.errors import ParleyError


class Refusal(Enum):
    """Why a request is refused before there is one."""

    MALFORMED = (HTTPStatus.BAD_REQUEST, "This is not an HTTP request.")
    TOO_MANY = (HTTPStatus.BAD_REQUEST, "Too many requests wait on this connection.")
    TOO_SLOW = (HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
    URL_TOO_LONG = (HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")
    HEAD_TOO_LARGE = (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "The headers of the request are too large.",
    )

    def response(self, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The whole answer, as the last one of its connection."""
        status, sentence = self.value
        error = ParleyError(sentence, code=ErrorCode.BAD_USER_INPUT)
        extensions = {**error.extensions, "requestId": uuid4().hex}
        body = orjson.dumps({"errors": [{"message": sentence, "extensions": extensions}]})
        headers = [
            *default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        lines = [b"HTTP/1.1 %d %b" % (status.value, status.phrase.encode())]
        lines += [b"%b: %b" % header for header in headers]
        return b"\r\n".join([*lines, b"", body])
