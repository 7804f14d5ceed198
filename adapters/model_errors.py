"""From what a model server refuses to what the sender is told.

Pure: no sockets, no clock. Nothing that the server wrote gets into an error, since it may quote
the prompt, the key or an address; its codes only decide which of our own sentences is said.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from adapters.wire import ServerError
from chat.error_codes import ErrorCode
from chat.errors import ModelError

TOO_LONG = "This conversation is too long for the model. Start a new one, or send less text."
UNKNOWN_MODEL = "The model server does not offer this model."
QUOTA_USED_UP = "The quota at the model's provider is used up. Please contact support."

_LONGEST_WAIT_SECONDS = 86_400.0
# OpenAI and most others say context_length_exceeded, llama.cpp has a code of its own, and some
# only say it in words.
_TOO_LONG_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_TOO_LONG_WORDS = re.compile(
    r"maximum context length|context (?:length|window|size) (?:of|is|exceeded)|prompt is too long",
    re.IGNORECASE,
)
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_QUOTA_CODES = frozenset({"insufficient_quota", "402"})
_RATE_CODES = frozenset({"rate_limit_exceeded", "rate_limit_error", "429"})
_KEY_CODES = frozenset(
    {"invalid_api_key", "authentication_error", "permission_error", "401", "403"}
)


def from_status(
    status: int, error: ServerError, *, headers: Mapping[str, str], now: datetime
) -> ModelError:
    """Map an answer other than 200 whose body holds `error`; `now` is needed for HTTP dates."""
    known = _from_codes(status, error)
    if known is not None:
        return known
    code = _code_of(status)
    wait = retry_after_seconds(headers, now=now) if ModelError(code).retryable else None
    return ModelError(code, retry_after_seconds=wait)


def from_error_object(error: ServerError) -> ModelError:
    """Map an error that came in an answer with status 200."""
    codes = {error.code, error.kind}
    if codes & _QUOTA_CODES:
        return ModelError(
            ErrorCode.MODEL_RATE_LIMITED, QUOTA_USED_UP, answered=True, retryable=False
        )
    if codes & _RATE_CODES:
        return ModelError(ErrorCode.MODEL_RATE_LIMITED, answered=True)
    if codes & _KEY_CODES:
        return ModelError(ErrorCode.MODEL_AUTHENTICATION, answered=True)
    return ModelError(ErrorCode.MODEL_UNAVAILABLE, answered=True)


def says_too_long(error: ServerError) -> bool:
    """Whether the server means that the conversation does not fit the model's context."""
    by_code = not {error.code, error.kind}.isdisjoint(_TOO_LONG_CODES)
    return by_code or _TOO_LONG_WORDS.search(error.message) is not None


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long the server asks to wait: never negative, at most a day; None when it does not say.

    `retry-after-ms` is OpenAI's own and more exact; `Retry-After` (RFC 9110, 10.2.3) holds
    seconds or a date.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return _within_bounds(milliseconds / 1000)
    asked = headers.get("Retry-After", "")
    seconds = _number(asked)
    if seconds is None:
        seconds = _seconds_until(asked, now)
    return None if seconds is None else _within_bounds(seconds)


def _from_codes(status: int, error: ServerError) -> ModelError | None:
    """The errors whose code tells more than the status does."""
    if status == HTTPStatus.PAYMENT_REQUIRED or (
        status == HTTPStatus.TOO_MANY_REQUESTS and {error.code, error.kind} & _QUOTA_CODES
    ):
        return ModelError(ErrorCode.MODEL_RATE_LIMITED, QUOTA_USED_UP, retryable=False)
    if _code_of(status) is not ErrorCode.MODEL_REJECTED:
        return None
    if {error.code, error.kind} & _FILTER_CODES:
        return ModelError(ErrorCode.MODEL_CONTENT_FILTERED)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or says_too_long(error):
        return ModelError(ErrorCode.MODEL_REJECTED, TOO_LONG)
    if error.code == "model_not_found":
        return ModelError(ErrorCode.MODEL_REJECTED, UNKNOWN_MODEL)
    return None


def _code_of(status: int) -> ErrorCode:
    match status:
        case 401 | 403:
            return ErrorCode.MODEL_AUTHENTICATION
        case 408:
            return ErrorCode.MODEL_TIMEOUT
        case 429:
            return ErrorCode.MODEL_RATE_LIMITED
        case 409:
            return ErrorCode.MODEL_UNAVAILABLE
        case _ if HTTPStatus(400) <= status < HTTPStatus(500):
            return ErrorCode.MODEL_REJECTED
        case _:
            return ErrorCode.MODEL_UNAVAILABLE


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        # A date in "-0000" comes without a zone; HTTP dates are all in GMT.
        return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None


def _within_bounds(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)
