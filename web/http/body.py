"""Reads the body of a request, up to a size and within a time."""

from collections.abc import Mapping
from http import HTTPStatus

from web.answering import request_behind
from web.asgi import Receive
from web.http.refusals import RequestRefusedError, bad_request
from web.shared_timeout import SharedTimeout


class ClientGoneError(Exception):
    """The client went away; nobody waits for an answer."""


async def read_body(
    headers: Mapping[bytes, bytes], receive: Receive, *, most_bytes: int, within: SharedTimeout
) -> bytes:
    """The whole body, which must come in time.

    Raises RequestRefusedError with 413 or 408, and ClientGoneError.
    """
    if _announced(headers) > most_bytes:
        raise _too_large(most_bytes)
    request = request_behind(receive)
    body = None if request is None else request.take_body()
    if body is not None:
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
        return body
    try:
        with within.begin():
            return await _read(receive, most_bytes)
    except TimeoutError as error:
        raise RequestRefusedError(
            HTTPStatus.REQUEST_TIMEOUT, "The body took too long to come."
        ) from error


async def _read(receive: Receive, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece = message.get("body", b"")
        size += len(piece)
        if size > most_bytes:
            raise _too_large(most_bytes)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _announced(headers: Mapping[bytes, bytes]) -> int:
    """Content-Length; 0 where it is not said."""
    text = headers.get(b"content-length") or b"0"
    if not text.isdigit():
        raise bad_request("Content-Length is not a number.")
    return int(text)


def _too_large(most_bytes: int) -> RequestRefusedError:
    return RequestRefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {most_bytes:,} bytes.",
    )
