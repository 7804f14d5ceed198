"""The fields of an object that somebody else wrote: each is checked as it is taken.

Every method raises BadUserInputError with the name of the field. null and a missing field are the
same. A number written as text, and a boolean in place of a number, are refused.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar, cast
from uuid import UUID

from chat import checks
from chat.errors import BadUserInputError

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def present(name: str, value: Value | None) -> Value:
    """A field that must not be null."""
    if value is None:
        raise BadUserInputError(name, "is missing")
    return value


class Fields:
    """One object."""

    def __init__(self, values: Mapping[str, object]) -> None:
        """Keep the values, unchecked."""
        self._values = values

    def text(self, name: str, *, longest: int) -> str | None:
        """Text that both databases store exactly; it may be blank."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadUserInputError(name, "must be text")
        return checks.storable(name, value, longest=longest)

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """One of the words of an enumeration."""
        value = self._values.get(name)
        if value is None:
            return None
        # Every member is called by its value, and so is found faster.
        member = of.__members__.get(value) if isinstance(value, str) else None
        if member is None:
            raise BadUserInputError(name, f"must be one of {', '.join(of)}")
        return member

    def whole(self, name: str, *, most: int = checks.HIGHEST_LIMIT) -> int | None:
        """A whole number from 0."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise BadUserInputError(name, f"must be a whole number from 0 to {most:,}")
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadUserInputError(name, "must be a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise BadUserInputError(name, "is too large")
        return number

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise BadUserInputError(name, "must be true or false")
        return value

    def id(self, name: str) -> UUID | None:
        """A UUID in its usual spelling."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise BadUserInputError(name, "must be a UUID in small letters")
        return UUID(value)

    def time(self, name: str) -> datetime | None:
        """A moment, with its offset from UTC."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(cast("str", value))
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadUserInputError(name, "must be a time such as 2026-11-24T12:00:00Z") from error
        raise BadUserInputError(name, "must have an offset from UTC, for example a final Z")

    def object(self, name: str) -> "Fields | None":
        """An object in the object."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadUserInputError(name, "must be an object")
        return Fields(cast("dict[str, object]", value))

    def objects(self, name: str, *, most: int) -> "list[Fields]":
        """A list of objects."""
        value = self._values.get(name)
        if not isinstance(value, list):
            raise BadUserInputError(name, "must be a list")
        items = cast("list[object]", value)
        if len(items) > most:
            raise BadUserInputError(name, f"must have at most {most:,} items")
        if not all(isinstance(item, dict) for item in items):
            raise BadUserInputError(name, "must hold objects")
        return [Fields(cast("dict[str, object]", item)) for item in items]
