"""Ids on the wire: a word for the type and the 32 hexadecimal digits of the UUID."""

import re
from enum import StrEnum
from uuid import UUID

import strawberry

from chat.errors import BadUserInputError


class Kind(StrEnum):
    """The word that an id starts with."""

    USER = "user"
    API_TOKEN = "token"  # noqa: S105  a word, not a secret
    CONVERSATION = "conversation"
    MESSAGE = "message"
    RUN = "run"


STARTS = {kind: f"{kind.value}_" for kind in Kind}
"""What stands before the digits of a kind's ids."""

_ID = re.compile(rf"({'|'.join(Kind)})_([0-9a-f]{{32}})")


def encode(kind: Kind, key: UUID) -> strawberry.ID:
    """The id of a record."""
    return strawberry.ID(STARTS[kind] + key.hex)


def decode_any(text: str, field: str) -> tuple[Kind, UUID]:
    """The kind and key of an id; BadUserInputError when it is none of ours."""
    match = _ID.fullmatch(text)
    if match is None:
        raise BadUserInputError(field, "is not an id")
    return Kind(match[1]), UUID(match[2])


def decode(kind: Kind, text: str, field: str = "id") -> UUID:
    """The key of an id of this kind; BadUserInputError for anything else."""
    found, key = decode_any(text, field)
    if found is not kind:
        raise BadUserInputError(field, f"is not the id of a {kind.value}")
    return key


def decode_optional(kind: Kind, text: str | None, field: str) -> UUID | None:
    """The key of an id of this kind; None when there is no id."""
    return None if text is None else decode(kind, text, field)
