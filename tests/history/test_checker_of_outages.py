"""The checker allows what an outage explains, and finds what it does not, or goes on too long."""

import pytest

from tests.history.example import Example
from tests.history.log import (
    DatabaseAway,
    Disturbed,
    Drained,
    Killed,
    Listened,
    Overheard,
    RedisAway,
    Refused,
    Streamed,
)

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


def test_an_end_that_one_who_stayed_was_never_told_is_found(history: Example) -> None:
    history.saw(Listened, after_index=3, subscription=2, indexes=(4,), stayed=True)
    assert history.finds("A4 was never told to one who stayed")


def test_one_who_did_not_stay_may_miss_the_end(history: Example) -> None:
    history.saw(Listened, after_index=3, subscription=2, indexes=(4,))
    assert history.violations() == []


def test_one_who_stayed_and_was_told_all_is_content(history: Example) -> None:
    history.saw(Listened, after_index=3, indexes=(4,), stayed=True)
    assert history.violations() == []


def test_what_others_told_after_a_kill_may_be_lost(history: Example) -> None:
    history.saw(Overheard, asked_at=120)
    assert history.finds("A3 does not begin with what was told of it")
    history.saw(Killed, others=True)
    assert history.violations() == []


def test_what_others_told_of_a_later_run_must_be_kept(history: Example) -> None:
    history.saw(Killed, others=True, at=105, back_at=107)
    assert history.finds("A3 does not begin with what was told of it")


def test_a_stream_that_outlived_its_writer_may_have_told_more(history: Example) -> None:
    told = ((0, "We"), (2, "ll,"))
    history.also_saw(Streamed, message="A3", pieces=told, content="Well", asked_at=111)
    assert history.finds("the pieces of A3 do not join to its text")
    history.saw(Killed, others=True)
    assert history.violations() == []


def test_a_stream_that_outlived_its_writer_ends_with_what_is_kept(history: Example) -> None:
    told = ((0, "We"), (2, "ll,"))
    history.also_saw(Streamed, message="A3", pieces=told, content="Well,", asked_at=111)
    history.saw(Killed, others=True)
    assert history.finds("the pieces of A3 do not join to its text")


@pytest.mark.parametrize(
    "outage", [Drained(at=127, back_at=129), DatabaseAway(at=112, back_at=114)]
)
def test_a_run_may_be_interrupted_for_an_outage(history: Example, outage: Disturbed) -> None:
    history.entries = [one for one in history.entries if not isinstance(one, (Killed, Overheard))]
    assert history.finds("run 2 was interrupted for no reason")
    history.entries.append(outage)
    assert history.violations() == []


def test_a_run_that_an_ending_process_left_behind_is_found(history: Example) -> None:
    history.entries = [one for one in history.entries if not isinstance(one, Killed)]
    history.entries.append(Drained(at=112, back_at=114))
    assert history.finds("run 2 was interrupted for no reason")


def test_a_run_is_not_interrupted_because_redis_is_away(history: Example) -> None:
    history.entries = [one for one in history.entries if not isinstance(one, Killed)]
    history.entries.append(RedisAway(at=112, back_at=114))
    assert history.finds("run 2 was interrupted for no reason")
