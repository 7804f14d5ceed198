"""The types of ASGI, and what is read from a scope.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
"""The name, in lower case, and the value."""


def header(scope: Scope, name: bytes) -> str | None:
    """A header of the request, by its name in lower case; of several the last one."""
    return text_of(dict(scope["headers"]), name)


def text_of(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    """One of headers in which each name stands once."""
    found = headers.get(name)
    return None if found is None else found.decode("latin-1")


def header_list(scope: Scope, name: bytes) -> str | None:
    """A header that is a list; several of them are one (RFC 9110, section 5.3)."""
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(found) if found else None


async def start_answer(send: Send, status: HTTPStatus, headers: Iterable[Header]) -> None:
    """Send the head of an answer."""
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers)})


async def send_body(send: Send, body: bytes, *, more: bool = False) -> None:
    """Send the body of an answer, or a piece of it that is followed by `more`."""
    await send({"type": "http.response.body", "body": body, "more_body": more})
