"""Checks of what users send. Each returns the value, or raises BadUserInputError with its field."""

import re
from collections.abc import Collection
from datetime import UTC, datetime

from chat.errors import BadUserInputError

LONGEST_CONTENT = 100_000
LONGEST_NAME = 200
LONGEST_KEY = 200
LONGEST_EMAIL = 320
MOST_TOKENS = 128_000
HIGHEST_TEMPERATURE = 2.0
HIGHEST_LIMIT = 2**31 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def text(field: str, value: str, *, longest: int = LONGEST_CONTENT) -> str:
    """Text that both databases store exactly: not blank, no NUL, no lone surrogate, not too long.

    Lengths are code points. The text is returned as it came, never trimmed or normalised.
    """
    storable(field, value, longest=longest)
    if not value.strip():
        raise BadUserInputError(field, "must not be blank")
    return value


def storable(field: str, value: str, *, longest: int = LONGEST_CONTENT) -> str:
    """The same, but it may be blank."""
    if len(value) > longest:
        raise BadUserInputError(field, f"must have at most {longest:,} characters")
    if "\x00" in value:
        raise BadUserInputError(field, "must not hold the character NUL")
    if _SURROGATE.search(value):
        raise BadUserInputError(field, "must not hold half of a surrogate pair")
    return value


def name(field: str, value: str) -> str:
    """A name: one to 200 characters."""
    return text(field, value, longest=LONGEST_NAME)


def temperature(value: float | None) -> float | None:
    """A sampling temperature from 0 to 2; None is left as it is."""
    if value is not None and not 0 <= value <= HIGHEST_TEMPERATURE:
        raise BadUserInputError("temperature", "must be from 0 to 2")
    return value


def max_tokens(value: int | None) -> int | None:
    """The most tokens that a reply may have; None is left as it is."""
    if value is not None and not 1 <= value <= MOST_TOKENS:
        raise BadUserInputError("maxTokens", f"must be from 1 to {MOST_TOKENS:,}")
    return value


def model(value: str | None, allowed: Collection[str]) -> str | None:
    """A model that this deployment offers; None is left as it is."""
    if value is not None and value not in allowed:
        raise BadUserInputError("model", "is not one of those that the query models lists")
    return value


def token_limit(value: int | None) -> int | None:
    """A monthly limit in tokens; None is left as it is."""
    if value is not None and not 0 <= value <= HIGHEST_LIMIT:
        raise BadUserInputError("tokenLimit", f"must be from 0 to {HIGHEST_LIMIT:,}")
    return value


def email(value: str) -> str:
    """An e-mail address, case-folded."""
    text("email", value, longest=LONGEST_EMAIL)
    if not _EMAIL.fullmatch(value.strip()):
        raise BadUserInputError("email", "must be an e-mail address")
    folded = value.strip().casefold()
    return text("email", folded, longest=LONGEST_EMAIL)


def idempotency_key(value: str | None) -> str | None:
    """A key of 1 to 200 characters; None is left as it is."""
    return None if value is None else text("idempotencyKey", value, longest=LONGEST_KEY)


def month(value: str) -> str:
    """A month such as "2026-11"."""
    if not _MONTH.fullmatch(value) or not value[:4].strip("0") or value[:4] == "9999":
        raise BadUserInputError("month", "must look like 2026-11")
    return value


def expires_at(value: datetime | None, *, now: datetime) -> datetime | None:
    """A time in the future, with its offset from UTC; None is left as it is."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise BadUserInputError("expiresAt", "must have an offset from UTC, for example a final Z")
    try:
        moment = value.astimezone(UTC)
    except OverflowError as error:
        raise BadUserInputError("expiresAt", "is not a date in UTC") from error
    if moment <= now:
        raise BadUserInputError("expiresAt", "must lie in the future")
    return moment
