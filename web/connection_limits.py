"""What one connection may ask for, below what HTTP requests are about."""

from dataclasses import dataclass

from web.unread import UNREAD_SECONDS


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may ask for.

    `head_bytes` and `headers` bound the request line with the headers, and once more the trailers
    behind a body; `head_seconds` runs from the start of the connection and from the first byte of
    each further request, and bounds how long the rest of a body may take that nobody wants.
    `waiting_requests` may be sent while an answer is on its way. `linger_seconds` is left to the
    client to read a refusal, and `unread_seconds` to take some of what is written to it.
    """

    head_bytes: int = 32 * 1024
    url_bytes: int = 16 * 1024
    headers: int = 100
    head_seconds: float = 10
    waiting_requests: int = 16
    linger_seconds: float = 1
    unread_seconds: float = UNREAD_SECONDS
