"""Budgets in tokens."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import budget


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("fives", 2),
        ("é", 1),
        ("日本語", 3),
        ("👍🏽", 2),
        ("four日本", 3),
        ("a日", 2),
    ],
)
def test_four_ascii_characters_are_a_token_and_so_is_any_other_character(
    text: str, tokens: int
) -> None:
    assert budget.text_tokens(text) == tokens


@given(st.text(), st.text())
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    whole = budget.text_tokens(text + more)
    assert budget.text_tokens(text) <= whole
    assert whole <= budget.text_tokens(text) + budget.text_tokens(more)


def test_each_message_costs_4_tokens_more_and_each_request_3() -> None:
    assert budget.message_tokens("four") == 5
    assert budget.request_tokens([]) == 3
    assert budget.request_tokens(["four", "", "日"]) == 3 + 5 + 4 + 5


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12"),
        (datetime(2026, 11, 30, 22, tzinfo=timezone(timedelta(hours=-5))), "2026-12"),
        (datetime(2027, 1, 1, 3, tzinfo=timezone(timedelta(hours=9))), "2026-12"),
    ],
)
def test_months_are_utc(moment: datetime, month: str) -> None:
    assert budget.month_of(moment) == month


@given(st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_month_ends_with_the_first_moment_of_the_next(moment: datetime) -> None:
    month = budget.month_of(moment)
    end = budget.resets_at(month)
    assert moment < end
    assert budget.month_of(end) != month
    assert budget.month_of(end - timedelta(microseconds=1)) == month


@pytest.mark.parametrize(
    ("month", "end"),
    [
        ("2026-11", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-01", datetime(2026, 2, 1, tzinfo=UTC)),
        ("9998-12", datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_year_turns_after_december(month: str, end: datetime) -> None:
    assert budget.resets_at(month) == end


@pytest.mark.parametrize(
    ("limit", "used", "reserved", "left"),
    [(None, 5, 5, None), (10, 5, 3, 2), (10, 10, 0, 0), (10, 12, 1, 0), (0, 0, 0, 0)],
)
def test_what_is_left_is_never_below_zero(
    limit: int | None, used: int, reserved: int, left: int | None
) -> None:
    assert budget.remaining(limit, used=used, reserved=reserved) == left
