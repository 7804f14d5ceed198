"""Budgets in tokens: how much a request is reckoned to be, and what a month allows.

The estimate is a rule on characters, so that no tokenizer has to download its tables: four ASCII
characters are one token, any other character is one token, each message costs 4 tokens around
its text and each request 3. It is meant to be a little high, for English and for other scripts.
The figures for messages and requests are OpenAI's (cookbook, "How to count tokens").
"""

from collections.abc import Iterable
from datetime import UTC, datetime

TOKENS_PER_REQUEST = 3
TOKENS_PER_MESSAGE = 4
ASCII_CHARACTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    """The estimate for one text."""
    ascii_characters = len(text.encode("ascii", "ignore"))
    others = len(text) - ascii_characters
    return -(-ascii_characters // ASCII_CHARACTERS_PER_TOKEN) + others


def message_tokens(text: str) -> int:
    """The estimate for one message of a request."""
    return TOKENS_PER_MESSAGE + text_tokens(text)


def request_tokens(texts: Iterable[str]) -> int:
    """The estimate for a whole request, given the text of each of its messages."""
    return TOKENS_PER_REQUEST + sum(map(message_tokens, texts))


def month_of(moment: datetime) -> str:
    """The month that a moment is booked in, for example "2026-11"; months are UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.year:04}-{moment.month:02}"


def resets_at(month: str) -> datetime:
    """The first moment of the month that follows `month`."""
    year, number = map(int, month.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def remaining(limit: int | None, *, used: int, reserved: int) -> int | None:
    """What is left of a limit, never below zero; None when there is no limit."""
    return None if limit is None else max(0, limit - used - reserved)
