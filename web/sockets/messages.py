"""The messages of graphql-transport-ws: reading those of clients, writing ours.

Nothing here does I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from resolvers.results import encoded
from web.http.parameters import Parameters, from_object, parse_json
from web.http.refusals import RequestRefusedError

_LONGEST_ID = 16_384
# What a proxy on the way may take for a sign of life, as an answer to a ping.
_LONGEST_ECHO = 4096


class BadMessageError(Exception):
    """A message that the protocol does not know; `str()` is fit for the client."""


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """The client asks to be let in."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """A sign of life that wants an answer."""

    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """A sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation is to be run."""

    id: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Complete:
    """The client has had enough of an operation."""

    id: str


Message = ConnectionInit | Ping | Pong | Subscribe | Complete


def read(text: str) -> Message:
    """A client's message. Raises BadMessageError."""
    try:
        found = parse_json(text.encode("utf-8", "surrogatepass"), "The message")
    except RequestRefusedError as error:
        raise BadMessageError(str(error)) from error
    if not isinstance(found, dict):
        raise BadMessageError("The message must be a JSON object.")
    message = cast("dict[str, Any]", found)
    match message.get("type"):
        case "connection_init":
            return ConnectionInit(_payload(message) or {})
        case "ping":
            return Ping(_payload(message))
        case "pong":
            _payload(message)
            return Pong()
        case "subscribe":
            return _subscribe(message)
        case "complete":
            return Complete(_id(message))
        case _:
            raise BadMessageError("The message's type is not known.")


def _subscribe(message: Mapping[str, Any]) -> Subscribe:
    """An operation. What its payload holds must have the right types, or the socket ends."""
    id_ = _id(message)
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise BadMessageError("payload must be an object.")
    try:
        return Subscribe(id_, from_object(cast("object", payload)))
    except RequestRefusedError as error:
        raise BadMessageError(str(error)) from error


def _id(message: Mapping[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= _LONGEST_ID:
        raise BadMessageError(f"id must be a string of 1 to {_LONGEST_ID:,} characters.")
    return id_


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise BadMessageError("payload must be an object.")
    return cast("Mapping[str, Any] | None", payload)


ACKNOWLEDGED = '{"type":"connection_ack"}'


def pong(ping: Ping) -> str:
    """The answer to a ping, with its payload unless that is long or deep."""
    if ping.payload is None:
        return '{"type":"pong"}'
    return (b'{"type":"pong"' + _echo(ping.payload) + b"}").decode()


def _echo(payload: Mapping[str, Any]) -> bytes:
    """A payload for an answer. What can be read may still lie too deep to be written."""
    try:
        text = encoded(payload)
    except RecursionError:
        return b""
    return b',"payload":' + text if len(text) <= _LONGEST_ECHO else b""


def next_head(id_: str) -> bytes:
    """What stands before each result of an operation; behind it a brace is closed."""
    return f'{_head(id_, "next")},"payload":'.encode()


def error(id_: str, errors: object) -> str:
    """An operation ended with errors; nothing follows for it."""
    return f'{_head(id_, "error")},"payload":{encoded(errors).decode()}}}'


def complete(id_: str) -> str:
    """An operation ended."""
    return _head(id_, "complete") + "}"


def _head(id_: str, type_: str) -> str:
    return f'{{"id":{encoded(id_).decode()},"type":"{type_}"'
