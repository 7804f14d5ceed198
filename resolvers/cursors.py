"""Cursors: a place in one list of one user.

A cursor holds the place and a digest of place, owner and list. It can be used only where it came
from: a cursor of another user, of another conversation or of another filter is refused, and so is
one that was made up. It gives access to nothing, since every list is read as its owner.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from chat.errors import BadUserInputError

_DIGEST_BYTES = 8
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_INDEX = re.compile(r"[0-9]{1,10}")
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CursorList:
    """One list of one user; `name` says which, its filter included."""

    owner: UUID
    name: str

    def encode(self, place: str) -> str:
        """The cursor of an item; `place` is ASCII."""
        return self.encoded((place,))[0]

    def encoded(self, places: Iterable[str]) -> list[str]:
        """The cursors of items."""
        begun = self._begun()
        lines: list[bytes] = []
        for place in places:
            end, digest = place.encode(), begun.copy()
            digest.update(end)
            lines.append(binascii.b2a_base64(digest.digest() + end))
        # All at once: without padding, and with what is safe in an address.
        return b"".join(lines).translate(_URL_SAFE, b"=").decode().split()

    def decode(self, cursor: str | None, field: str) -> str | None:
        """The place that a cursor marks. Raises BadUserInputError."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            place = raw[_DIGEST_BYTES:].decode("ascii")
        except (binascii.Error, ValueError) as error:
            raise BadUserInputError(field, "is not a cursor of this list") from error
        if self.encode(place) != cursor:
            raise BadUserInputError(field, "is not a cursor of this list")
        return place

    def index(self, cursor: str | None, field: str) -> int | None:
        """The index that a cursor marks in a list of messages."""
        place = self.decode(cursor, field)
        if place is None:
            return None
        if not _INDEX.fullmatch(place):
            raise BadUserInputError(field, "is not a cursor of this list")
        return int(place)

    def key(self, cursor: str | None, field: str) -> UUID | None:
        """The key that a cursor marks in a list by id."""
        place = self.decode(cursor, field)
        if place is None:
            return None
        if not _KEY.fullmatch(place):
            raise BadUserInputError(field, "is not a cursor of this list")
        return UUID(hex=place)

    def _begun(self) -> hashlib.blake2b:
        """The digest of what all cursors of the list have in common."""
        text = f"{self.owner.hex}/{self.name}/"
        return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES)
