"""Who asks, and how a request is called in errors and in the log."""

import os
from collections.abc import Mapping

_SCHEME = "bearer"
_LONGEST_REQUEST_ID = 100
_REQUEST_ID_BYTES = 16


def header_secret(header: str | None) -> str | None:
    """The secret of `Authorization: Bearer …`; None when there is none."""
    scheme, _, secret = (header or "").partition(" ")
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


def request_id(given: str | None) -> str:
    """The caller's X-Request-Id when it is short and printable, otherwise a new one."""
    if not given:
        return os.urandom(_REQUEST_ID_BYTES).hex()
    fit = given.isascii() and given.isprintable() and len(given) <= _LONGEST_REQUEST_ID
    return given if fit else request_id(None)
