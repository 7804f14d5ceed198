"""Who asks: the token of an HTTP request or of a socket's connection_init."""

from collections.abc import Mapping

_SCHEME = "bearer"


def header_secret(headers: Mapping[str, str]) -> str | None:
    """The secret of `Authorization: Bearer …`; None when there is none."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == _SCHEME else None


def payload_secret(payload: object) -> str | None:
    """The secret in a connection_init payload.

    `Authorization` or `authorization`, with or without "Bearer", or `token`.
    """
    if not isinstance(payload, Mapping):
        return None
    for name in ("Authorization", "authorization", "token"):
        value = payload.get(name)
        if isinstance(value, str) and value:
            scheme, _, rest = value.partition(" ")
            return rest.strip() if rest and scheme.lower() == _SCHEME else value
    return None
