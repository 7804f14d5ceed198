"""How a document fares."""

import pytest

from chat.errors import QueryTooComplexError
from web.documents.documents import Documents


def refusal(documents: Documents, text: str) -> tuple[str, int, int]:
    """Which limit refuses a document, what was found and what is allowed."""
    with pytest.raises(QueryTooComplexError) as caught:
        documents.prepare(text)
    return caught.value.limit, caught.value.found, caught.value.allowed


def messages(documents: Documents, text: str) -> list[str]:
    """What validation says of a document."""
    return [error.message for error in documents.prepare(text).errors]
