"""The circuit breaker, on a clock that is turned by hand."""

import logging
from dataclasses import dataclass

import pytest

from adapters.breaker import CircuitBreaker, CircuitOpenError


@dataclass
class HandClock:
    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def breaker(clock: HandClock) -> CircuitBreaker:
    return CircuitBreaker(clock=clock)


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with breaker.attempt() as attempt:
            attempt.failed()


def answer(breaker: CircuitBreaker) -> None:
    with breaker.attempt() as attempt:
        attempt.answered()


def blocked(breaker: CircuitBreaker) -> float:
    with pytest.raises(CircuitOpenError) as caught, breaker.attempt():
        pass
    return caught.value.retry_after_seconds


def test_four_failures_in_a_row_are_borne(breaker: CircuitBreaker) -> None:
    fail(breaker, 4)
    assert breaker.blocked_seconds is None


def test_an_answer_begins_the_count_anew(breaker: CircuitBreaker) -> None:
    fail(breaker, 4)
    answer(breaker)
    fail(breaker, 4)
    assert breaker.blocked_seconds is None


def test_five_failures_in_a_row_open_it_until_the_first_probe(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    fail(breaker, 5)
    assert blocked(breaker) == 30
    clock.time += 20
    assert (blocked(breaker), breaker.blocked_seconds) == (10, 10)


def test_a_probe_that_is_answered_closes_it(breaker: CircuitBreaker, clock: HandClock) -> None:
    fail(breaker, 5)
    clock.time += 30
    answer(breaker)
    fail(breaker, 4)
    assert breaker.blocked_seconds is None


def test_a_probe_that_fails_opens_it_for_as_long_again(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    fail(breaker, 5)
    clock.time += 31
    fail(breaker)
    assert blocked(breaker) == 30


def test_only_one_probe_goes_at_a_time(breaker: CircuitBreaker, clock: HandClock) -> None:
    fail(breaker, 5)
    clock.time += 30
    with breaker.attempt() as probe:
        assert blocked(breaker) == 1
        probe.answered()
        answer(breaker)


def test_a_probe_that_is_given_up_frees_its_place(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    fail(breaker, 5)
    clock.time += 30
    with pytest.raises(KeyboardInterrupt), breaker.attempt():
        raise KeyboardInterrupt
    answer(breaker)
    assert breaker.blocked_seconds is None


def test_what_began_before_it_opened_changes_nothing_any_more(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    with breaker.attempt() as late_answer, breaker.attempt() as late_failure:
        fail(breaker, 5)
        late_answer.answered()
        clock.time += 10
        late_failure.failed()
    assert blocked(breaker) == 20


def test_what_began_before_does_not_take_the_place_of_the_probe(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    with breaker.attempt() as late:
        fail(breaker, 5)
        clock.time += 30
        with breaker.attempt():
            late.answered()
            assert blocked(breaker) == 1


def test_an_outage_is_logged_once_and_so_is_its_end(
    breaker: CircuitBreaker, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fail(breaker, 5)
    clock.time += 30
    fail(breaker)
    clock.time += 30
    answer(breaker)
    answer(breaker)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
