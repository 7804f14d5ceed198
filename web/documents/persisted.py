"""Apollo's automatic persisted queries: a client may send the hash of a document it sent before.

The client first sends `extensions.persistedQuery` with the document's SHA-256 and no document. If
the document is not known here, the answer is the one error that makes the client send both.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from chat.errors import BadUserInputError, PersistedQueryNotFoundError
from web.documents.documents import Document
from web.documents.recently_used import RecentlyUsed

_VERSION = 1


class Prepares(Protocol):
    """What is asked of `Documents`."""

    def prepare(self, text: str) -> Document:
        """Read, measure and validate a document. Raises QueryTooComplexError."""
        ...


class PersistedQueries:
    """Documents by their hash, those that were used last, for all users together.

    Only a document that could run is kept, so nobody fills the memory with what is no document.
    """

    def __init__(
        self, documents: Prepares, *, entries: int = 1000, characters: int = 2_000_000
    ) -> None:
        """At most `entries` documents with `characters` in all."""
        self._documents = documents
        self._texts: RecentlyUsed[str] = RecentlyUsed(capacity=entries, weight=characters)

    def text(self, *, query: str | None, extensions: Mapping[str, object] | None) -> str:
        """The document that a request means, by its `query`, its hash, or both.

        Raises PersistedQueryNotFoundError, BadUserInputError, and QueryTooComplexError for a
        document that is to be kept.
        """
        digest = _digest(extensions.get("persistedQuery")) if extensions else None
        if digest is None:
            return _given(query)
        if not query:
            return self._known(digest)
        self._keep(query, digest)
        return query

    def _known(self, digest: str) -> str:
        text = self._texts.get(digest)
        if text is None:
            raise PersistedQueryNotFoundError
        return text

    def _keep(self, query: str, digest: str) -> None:
        # Halves of surrogate pairs can come in by JSON; they are hashed rather than stumbled over.
        actual = sha256(query.encode("utf-8", "surrogatepass")).hexdigest()
        if actual != digest:
            raise BadUserInputError("sha256Hash", "does not match the query")
        if not self._documents.prepare(query).errors:
            self._texts.put(digest, query, weight=len(query))


def _given(query: str | None) -> str:
    if not query:
        raise BadUserInputError("query", "must be given")
    return query


def _digest(persisted: object) -> str | None:
    """The hash in `extensions.persistedQuery`; None when there is none."""
    if persisted is None:
        return None
    if not isinstance(persisted, Mapping):
        raise BadUserInputError("persistedQuery", "must be an object")
    version = persisted.get("version")
    if isinstance(version, bool) or version != _VERSION:
        raise BadUserInputError("version", f"must be {_VERSION}")
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str):
        raise BadUserInputError("sha256Hash", "must be the SHA-256 of the query, in hexadecimal")
    return digest.lower()
