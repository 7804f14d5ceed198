"""The wire format of Chat Completions: JSON read with tolerance, and the shapes found in it.

Pure: no sockets, no clock. What a chunk means for the reply is decided in `chat_completions`,
what an error means for the sender in `model_errors`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from chat.model import UsageReport

# More than any provider counts, and what fits a column of the database.
_MOST_TOKENS = 2**31 - 1
_MOST_REASON_CHARACTERS = 64

Object = Mapping[str, object]
_NOTHING: Object = {}


class MalformedJsonError(Exception):
    """What should be a JSON object is none."""


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error as the server words it: for decisions only, never to be shown to anyone."""

    code: str = ""
    kind: str = ""
    param: str = ""
    message: str = ""


class Chunk(NamedTuple):
    """One chunk of a reply, or a whole reply; `text` may hold lone surrogates and NUL.

    A tuple, since there is one for each piece of a reply.
    """

    text: str = ""
    finish_reason: str | None = None
    usage: UsageReport | None = None
    calls_tool: bool = False
    error: ServerError | None = None


def read_object(text: str) -> Object:
    """Read a JSON object. Raises `MalformedJsonError`.

    Servers that escape everything beyond ASCII may cut between the two escapes of a surrogate
    pair. orjson refuses such halves, the standard library keeps them.
    """
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = _read_leniently(text)
    if not isinstance(found, dict):
        raise MalformedJsonError
    read: Object = found
    return read


def _read_leniently(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError from error


def read_chunk(document: Object) -> Chunk:
    """What a chunk says; of a plain answer, its message is read as one big delta.

    Only the first choice counts, since only one is ever asked for. Unknown fields, absent ones
    and those of another type than expected say nothing.
    """
    choice = _first_choice(document)
    delta = _object(choice.get("delta")) or _object(choice.get("message"))
    reason, usage = choice.get("finish_reason"), document.get("usage")
    return Chunk(
        _content(delta.get("content")) + _text(delta.get("refusal")),
        _text(reason)[:_MOST_REASON_CHARACTERS] or None if reason else None,
        _usage(_object(usage)) if usage else None,
        bool(delta.get("tool_calls") or delta.get("function_call")),
        read_error(document) if _is_error(document) else None,
    )


def read_error(document: Object) -> ServerError:
    """The error in a body, in OpenAI's shape or in one of those that other servers have."""
    found = document.get("error")
    error = _object(found) or document
    return ServerError(
        code=_word(error.get("code")),
        kind=_word(error.get("type")),
        param=_word(error.get("param")),
        message=_text(found) or _text(error.get("message")) or _text(error.get("detail")),
    )


def _is_error(document: Object) -> bool:
    return bool(document.get("error")) or document.get("object") == "error"


def _first_choice(document: Object) -> Object:
    found = document.get("choices")
    if isinstance(found, list):
        choices: list[object] = found
        for one in choices:
            choice = _object(one)
            if choice.get("index", 0) == 0:
                return choice
    return _NOTHING


def _content(value: object) -> str:
    """The text of a `content`: a string, or a list of parts as some servers send it."""
    if isinstance(value, list):
        parts: list[object] = value
        return "".join([_text(_object(part).get("text")) for part in parts])
    return value if isinstance(value, str) else ""


def _usage(usage: Object) -> UsageReport | None:
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if prompt is None or completion is None:
        return None
    return UsageReport(prompt_tokens=prompt, completion_tokens=completion)


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return None


def _object(value: object) -> Object:
    if isinstance(value, dict):
        found: Object = value
        return found
    return _NOTHING


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    """A code: some servers send the number of an HTTP status."""
    return str(value).lower() if isinstance(value, str | int) else ""
