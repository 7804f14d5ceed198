"""From which pages a browser may open a socket. CORS does not hold for sockets."""

from collections.abc import Collection
from urllib.parse import urlsplit


def may_connect(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether a socket may be opened by what sent this Origin header.

    Programs send none and may; browsers always send one, which must be the server's own host or
    one of the allowed origins. The scheme is not compared: a proxy may have ended TLS.
    """
    if origin is None or origin in allowed:
        return True
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == (host or "").lower()
    except ValueError:
        return False
