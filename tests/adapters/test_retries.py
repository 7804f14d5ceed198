"""When a request is sent again, and after which wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.retries import Retries, RetryPolicy, worth_a_retry
from chat.error_codes import ErrorCode
from chat.errors import ModelError

MANY = RetryPolicy(most_retries=9, budget_seconds=1000)


def retries(policy: RetryPolicy, jitter: float = 0.0) -> Retries:
    return Retries(policy, jitter=lambda: jitter)


@pytest.mark.parametrize(
    ("status", "worth"),
    [(status, True) for status in (408, 409, 429, 500, 501, 502, 503, 504, 529, 599)]
    + [(status, False) for status in (0, 204, 302, 307, 400, 401, 402, 403, 404, 413, 422)],
)
def test_only_what_passes_by_itself_is_worth_a_retry(status: int, worth: bool) -> None:
    assert worth_a_retry(status, ModelError(ErrorCode.MODEL_UNAVAILABLE)) is worth


def test_what_an_error_calls_final_is_worth_no_retry() -> None:
    assert not worth_a_retry(429, ModelError(ErrorCode.MODEL_RATE_LIMITED, retryable=False))


def test_there_are_two_retries_and_the_second_waits_twice_as_long() -> None:
    made = retries(RetryPolicy())
    assert [made.next_wait(None) for _ in range(4)] == [0.5, 1.0, None, None]


def test_waits_double_up_to_the_longest() -> None:
    made = retries(MANY)
    waits = [made.next_wait(None) for _ in range(7)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]


def test_jitter_shortens_our_own_waits_and_lengthens_what_the_server_asks_for() -> None:
    made = retries(MANY, jitter=1.0)
    assert (made.next_wait(None), made.next_wait(2)) == (0.375, 2.2)


def test_a_server_that_names_no_time_at_all_is_not_hurried() -> None:
    assert retries(MANY).next_wait(0) == 0.5


def test_after_a_wait_that_was_asked_for_the_doubling_goes_on() -> None:
    made = retries(MANY)
    assert [made.next_wait(2), made.next_wait(None)] == [2, 1.0]


def test_the_budget_may_be_used_to_the_full_and_jitter_does_not_exceed_it() -> None:
    assert retries(RetryPolicy(), jitter=1.0).next_wait(10) == 10


@pytest.mark.parametrize("asked", [[10.001], [7, 7], [9.6, None], [86_400]])
def test_there_is_no_retry_beyond_the_budget_for_all_waits(asked: list[float | None]) -> None:
    made = retries(RetryPolicy())
    assert [made.next_wait(one) for one in asked][-1] is None


def test_there_is_no_retry_for_which_there_is_no_time_otherwise() -> None:
    made = retries(RetryPolicy())
    assert made.next_wait(3, at_most_seconds=2.9) is None
    assert made.next_wait(None, at_most_seconds=0.4) is None


@given(
    asked=st.lists(st.none() | st.floats(0, 20), max_size=12),
    jitter=st.floats(0, 1),
    policy=st.builds(RetryPolicy, most_retries=st.integers(0, 10)),
)
def test_waits_obey_the_server_and_stay_within_the_budget(
    asked: list[float | None], jitter: float, policy: RetryPolicy
) -> None:
    made = retries(policy, jitter)
    waits = [(one, made.next_wait(one)) for one in asked]
    granted = [(one, wait) for one, wait in waits if wait is not None]
    assert len(granted) <= policy.most_retries
    assert sum(wait for _, wait in granted) <= policy.budget_seconds + 1e-9
    assert all(wait >= (one or 0) for one, wait in granted)
