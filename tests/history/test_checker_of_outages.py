"""The checker allows what an outage explains, and finds what it does not, or goes on too long."""

import pytest

from tests.history.example import Example
from tests.history.log import DatabaseAway, Disturbed, Drained, Listened, RedisAway, Refused

# The example's refusal was asked for at 164 and told at 165.
REFUSED = {"SHUTTING_DOWN": Drained, "INTERNAL": DatabaseAway}


@pytest.mark.parametrize(("code", "outage"), REFUSED.items())
def test_a_refusal_for_now_is_fine_while_there_is_a_reason(
    history: Example, code: str, outage: type[Disturbed]
) -> None:
    history.saw(Refused, code=code, retryable=True)
    history.entries.append(outage(at=164, back_at=166))
    assert history.violations() == []


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_for_now_without_any_reason_is_found(history: Example, code: str) -> None:
    history.saw(Refused, code=code, retryable=True)
    history.entries.append(RedisAway(at=164, back_at=166))
    assert history.finds(f"sendMessage was refused with {code}")


@pytest.mark.parametrize(("code", "outage"), REFUSED.items())
def test_a_refusal_for_now_that_says_for_ever_is_found(
    history: Example, code: str, outage: type[Disturbed]
) -> None:
    history.saw(Refused, code=code)
    history.entries.append(outage(at=164, back_at=166))
    assert history.finds(f"sendMessage was refused with {code}")


def test_a_database_that_is_not_found_again_soon_is_found(history: Example) -> None:
    history.saw(Refused, code="INTERNAL", retryable=True)
    history.entries.append(DatabaseAway(at=150, back_at=158))
    assert history.finds("sendMessage was refused with INTERNAL")


def test_what_a_broken_commit_stored_is_no_refused_message(history: Example) -> None:
    history.saw(Refused, code="INTERNAL", retryable=True)
    history.message("B2", content="Me too")
    assert not history.finds("only ever refused")


def test_what_a_process_stored_that_was_about_to_end_is_found(history: Example) -> None:
    history.saw(Refused, code="SHUTTING_DOWN", retryable=True)
    history.message("B2", content="Me too")
    assert history.finds("the key key 6 was only ever refused, and made ['B2']")


def test_time_without_a_database_does_not_count(history: Example) -> None:
    history.run("run 2", finished_at=144)
    assert history.finds("run 2 was open for")
    history.entries.append(DatabaseAway(at=120, back_at=125))
    assert not history.finds("was open for")


def test_an_end_that_an_open_subscription_does_not_tell_is_found(history: Example) -> None:
    history.saw(Listened, asked_at=129, at=141, after_index=3, subscription=2, indexes=())
    assert history.finds("A4 had ended, and a subscription did not tell of it")


def test_an_end_in_the_last_seconds_of_a_subscription_may_be_untold(history: Example) -> None:
    history.saw(Listened, asked_at=129, at=139, after_index=3, subscription=2, indexes=())
    assert history.violations() == []


def test_an_old_end_has_to_be_told_within_seconds_too(history: Example) -> None:
    history.saw(Listened, asked_at=160, at=166, after_index=3, subscription=2, indexes=())
    assert history.finds("A4 had ended, and a subscription did not tell of it")


def test_nobody_is_told_of_ends_while_the_database_is_away(history: Example) -> None:
    history.saw(Listened, asked_at=129, at=141, after_index=3, subscription=2, indexes=())
    history.entries.append(DatabaseAway(at=130, back_at=131))
    assert history.violations() == []
