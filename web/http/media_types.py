"""Media types: what a request's body is, and in which form its answer is wanted.

Nothing here does I/O.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus

from web.http.refusals import RequestRefusedError

_LONGEST_ACCEPT = 2000


class BodyType(StrEnum):
    """What the body of a POST may be."""

    JSON = "application/json"
    GRAPHQL = "application/graphql"


class AnswerType(StrEnum):
    """The forms of an answer; the first two hold one result, the others a stream of them."""

    JSON = "application/json"
    GRAPHQL_RESPONSE = "application/graphql-response+json"
    EVENT_STREAM = "text/event-stream"
    MULTIPART = "multipart/mixed"

    @property
    def streams(self) -> bool:
        """Whether it can hold more than one result."""
        return self is AnswerType.EVENT_STREAM or self is AnswerType.MULTIPART


@dataclass(frozen=True, slots=True)
class _Range:
    """One entry of an Accept header."""

    name: str
    parameters: Mapping[str, str]
    quality: float


@lru_cache(maxsize=64)
def body_type(content_type: str | None, content_encoding: str | None) -> BodyType:
    """What a body is. Raises RequestRefusedError with 415.

    Forms and plain text are refused: pages of other sites can send those without being asked. So
    are encodings: a small body could become a large one.
    """
    if (content_encoding or "identity").strip().lower() != "identity":
        raise _unsupported("The body must not be encoded.", {"Accept-Encoding": "identity"})
    name, parameters = _parsed(content_type or "")
    try:
        found = BodyType(name)
    except ValueError as error:
        raise _unsupported("Content-Type must be application/json.") from error
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise _unsupported("The body must be in UTF-8.")
    return found


@lru_cache(maxsize=64)
def answer_types(accept: str | None) -> tuple[AnswerType, ...]:
    """The forms that a client takes, the best liked first. Raises RequestRefusedError with 406.

    JSON where it does not say: then the client may be an old one.
    """
    ranges = list(_ranges(accept or "*/*"))
    liked = [
        (-quality, place, type_)
        for type_ in AnswerType
        for quality, place in [_wish(type_, ranges)]
        if quality > 0
    ]
    if not liked:
        raise RequestRefusedError(
            HTTPStatus.NOT_ACCEPTABLE, f"Accept must allow one of {', '.join(AnswerType)}."
        )
    return tuple(type_ for _, _, type_ in sorted(liked, key=lambda wish: wish[:2]))


def _wish(type_: AnswerType, ranges: list[_Range]) -> tuple[float, int]:
    """How much a form is liked, and where the header speaks of it; the most specific entry counts.

    Streams must be asked for by their name.
    """
    main = type_.value.partition("/")[0]
    for name in (type_.value, f"{main}/*", "*/*"):
        if type_.streams and name != type_.value:
            break
        for place, entry in enumerate(ranges):
            if entry.name == name and _fits(type_, entry):
                return entry.quality, place
    return 0.0, 0


def _fits(type_: AnswerType, entry: _Range) -> bool:
    """Of the multipart dialects, only that of subscriptions is spoken."""
    return type_ is not AnswerType.MULTIPART or "subscriptionspec" in entry.parameters


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept[:_LONGEST_ACCEPT].split(","):
        name, parameters = _parsed(part)
        if name:
            yield _Range(name, parameters, _quality(parameters.get("q", "1")))


def _quality(text: str) -> float:
    """A weight from 0 to 1; one that cannot be read counts in full."""
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return 1.0 if math.isnan(weight) else min(max(weight, 0.0), 1.0)


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    """The name and the parameters of a media type, in lower case."""
    name, *rest = text.split(";")
    return name.strip().lower(), dict(_pairs(rest))


def _pairs(parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        key, _, value = part.partition("=")
        yield key.strip().lower(), value.strip().strip('"')


def _unsupported(message: str, headers: Mapping[str, str] | None = None) -> RequestRefusedError:
    return RequestRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, headers=headers)
