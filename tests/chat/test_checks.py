"""Checks of what users send."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import checks
from chat.errors import BadUserInputError
from tests.chat.examples import NOW

Check = Callable[[Any], object]

MODELS = ("small", "large")


def content(value: str) -> str:
    """A message's content."""
    return checks.text("content", value)


def stored(value: str) -> str:
    """A text that may be blank."""
    return checks.storable("content", value)


def name(value: str) -> str:
    """A name."""
    return checks.name("name", value)


def model(value: str | None) -> str | None:
    """One of two models."""
    return checks.model(value, MODELS)


def expires_at(value: datetime | None) -> datetime | None:
    """A time, seen from `NOW`."""
    return checks.expires_at(value, now=NOW)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (content, "x"),
        (content, " Hello \r\n"),
        (content, "x" * 100_000),
        (content, "👍🏽" * 50_000),
        (content, "\ufeff\u200b"),
        (stored, ""),
        (stored, " \n"),
        (stored, "x" * 100_000),
        (name, "x" * 200),
        (checks.temperature, None),
        (checks.temperature, 0),
        (checks.temperature, 2.0),
        (checks.max_tokens, None),
        (checks.max_tokens, 1),
        (checks.max_tokens, 128_000),
        (model, None),
        (model, "large"),
        (checks.token_limit, None),
        (checks.token_limit, 0),
        (checks.token_limit, 2**31 - 1),
        (checks.email, "ada@example.com"),
        (checks.email, "ada@localhost"),
        (checks.email, "a@" + "b" * 318),
        (checks.idempotency_key, None),
        (checks.idempotency_key, "k" * 200),
        (checks.month, "2026-01"),
        (checks.month, "2026-12"),
        (checks.month, "0001-01"),
        (checks.month, "9998-12"),
        (expires_at, None),
        (expires_at, NOW + timedelta(microseconds=1)),
    ],
)
def test_what_is_allowed_is_returned_as_it_came(check: Check, value: object) -> None:
    assert check(value) == value


@pytest.mark.parametrize(
    ("check", "value", "field", "problem"),
    [
        (content, "", "content", "must not be blank"),
        (content, " \t\r\n\u2003", "content", "must not be blank"),
        (content, "x" * 100_001, "content", "must have at most 100,000 characters"),
        (content, " " * 100_001, "content", "must have at most 100,000 characters"),
        (content, "a\x00b", "content", "must not hold the character NUL"),
        (content, "a\ud83d", "content", "must not hold half of a surrogate pair"),
        (content, "\udc4da", "content", "must not hold half of a surrogate pair"),
        (content, "\ud83d\udc4d", "content", "must not hold half of a surrogate pair"),
        (stored, "x" * 100_001, "content", "must have at most 100,000 characters"),
        (stored, "\x00", "content", "must not hold the character NUL"),
        (name, "x" * 201, "name", "must have at most 200 characters"),
        (name, "", "name", "must not be blank"),
        (checks.temperature, -0.1, "temperature", "must be from 0 to 2"),
        (checks.temperature, 2.1, "temperature", "must be from 0 to 2"),
        (checks.temperature, float("nan"), "temperature", "must be from 0 to 2"),
        (checks.temperature, float("inf"), "temperature", "must be from 0 to 2"),
        (checks.max_tokens, 0, "maxTokens", "must be from 1 to 128,000"),
        (checks.max_tokens, 128_001, "maxTokens", "must be from 1 to 128,000"),
        (model, "", "model", "is not one of those that the query models lists"),
        (model, "Small", "model", "is not one of those that the query models lists"),
        (checks.token_limit, -1, "tokenLimit", "must be from 0 to 2,147,483,647"),
        (checks.email, "", "email", "must not be blank"),
        (checks.email, "ada", "email", "must be an e-mail address"),
        (checks.email, "ada@", "email", "must be an e-mail address"),
        (checks.email, "@example.com", "email", "must be an e-mail address"),
        (checks.email, "a da@example.com", "email", "must be an e-mail address"),
        (checks.email, "a@b@example.com", "email", "must be an e-mail address"),
        (checks.email, "a@" + "b" * 319, "email", "must have at most 320 characters"),
        (checks.email, "a@" + "ß" * 160, "email", "must have at most 320 characters"),
        (checks.idempotency_key, "", "idempotencyKey", "must not be blank"),
        (
            checks.idempotency_key,
            "k" * 201,
            "idempotencyKey",
            "must have at most 200 characters",
        ),
        (checks.month, "", "month", "must look like 2026-11"),
        (checks.month, "2026-13", "month", "must look like 2026-11"),
        (checks.month, "2026-00", "month", "must look like 2026-11"),
        (checks.month, "2026-1", "month", "must look like 2026-11"),
        (checks.month, "2026-11\n", "month", "must look like 2026-11"),
        (checks.month, "٢٠٢٦-11", "month", "must look like 2026-11"),
        (checks.month, "0000-11", "month", "must look like 2026-11"),
        (checks.month, "9999-01", "month", "must look like 2026-11"),
        (expires_at, NOW, "expiresAt", "must lie in the future"),
        (
            expires_at,
            datetime(2030, 1, 1),  # noqa: DTZ001  that it has no offset is the point
            "expiresAt",
            "must have an offset from UTC, for example a final Z",
        ),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_field(
    check: Check, value: object, field: str, problem: str
) -> None:
    with pytest.raises(BadUserInputError) as caught:
        check(value)
    assert caught.value.field == field
    assert str(caught.value) == f"{field} {problem}."


PRINTED = st.characters(codec="utf-8", exclude_characters="\0")


@given(st.text(PRINTED, min_size=1, max_size=200).filter(str.strip))
def test_any_text_up_to_its_limit_passes_unchanged(value: str) -> None:
    assert checks.text("name", value, longest=200) == value
    assert checks.text("name", value, longest=len(value)) == value


@given(st.text(PRINTED, max_size=200))
def test_any_text_even_a_blank_one_can_be_stored(value: str) -> None:
    assert checks.storable("name", value, longest=len(value)) == value


@given(st.text(PRINTED, min_size=1, max_size=20), st.characters(categories=["Cs"]))
def test_half_a_surrogate_pair_is_refused_wherever_it_stands(value: str, half: str) -> None:
    for place in range(len(value) + 1):
        with pytest.raises(BadUserInputError):
            checks.storable("name", value[:place] + half + value[place:])


@given(
    st.text(PRINTED.filter(lambda one: one != "@" and not one.isspace()), min_size=1, max_size=9)
)
def test_an_address_is_one_address_in_any_case_and_with_space_around_it(part: str) -> None:
    address = checks.email(f"{part}@{part}")
    assert address == checks.email(f"  {part}@{part}\n") == checks.email(address)


def test_a_time_with_another_offset_than_utc_is_seen_as_the_moment_it_is() -> None:
    west = timezone(timedelta(hours=-5))
    assert expires_at(datetime(2026, 11, 23, 8, tzinfo=west)) == datetime(
        2026, 11, 23, 13, tzinfo=UTC
    )
    with pytest.raises(BadUserInputError):
        expires_at(datetime(2026, 11, 23, 6, tzinfo=west))


def test_a_time_that_has_no_date_in_utc_is_refused() -> None:
    """The last hours of the year 9999 west of Greenwich lie in the year 10000 of UTC."""
    west = timezone(timedelta(hours=-5))
    with pytest.raises(BadUserInputError):
        expires_at(datetime(9999, 12, 31, 23, tzinfo=west))
