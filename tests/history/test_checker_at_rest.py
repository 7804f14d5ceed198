"""The checker finds each kind of error planted in runs, usage and sightings, and no other."""

import pytest

from tests.history.example import Example
from tests.history.log import (
    Listened,
    Overheard,
    Paged,
    Refused,
    Seen,
    Stopped,
    Streamed,
)


def test_a_run_that_is_open_at_rest_is_found(history: Example) -> None:
    history.run("run 3", status="RUNNING", finished_at=None)
    assert history.finds("run 3 is RUNNING at rest")


def test_a_message_that_is_not_final_at_rest_is_found(history: Example) -> None:
    history.message("A4", status="STREAMING")
    assert history.finds("A4 is STREAMING at rest")


def test_a_conversation_that_is_busy_at_rest_is_found(history: Example) -> None:
    history.conversation("A", active_run="run 3")
    assert history.finds("A has an active run at rest: run 3")


def test_a_reply_in_another_state_than_its_run_is_found(history: Example) -> None:
    history.message("A4", status="FAILED")
    assert history.finds("run 3 is COMPLETE and its reply")


def test_a_reply_without_a_run_is_found(history: Example) -> None:
    del history.runs["run 6"]
    assert history.finds("R1 is the reply of 0 runs")


def test_a_final_run_that_changed_is_found(history: Example) -> None:
    history.saw(Stopped, status="COMPLETE")
    assert history.finds("run 5 was COMPLETE and is STOPPED")


def test_a_run_that_was_open_too_long_is_found(history: Example) -> None:
    history.run("run 2", finished_at=143)  # 33 seconds, two of them without a server
    assert history.finds("run 2 was open for")


def test_time_without_a_server_does_not_count(history: Example) -> None:
    history.run("run 2", finished_at=141)  # 31 seconds, two of them without a server
    assert not history.finds("was open for")


def test_time_in_the_queue_does_not_count(history: Example) -> None:
    history.run("run 3", started_at=101, first_token_at=129)  # it waits for run 2 until 128
    assert not history.finds("was open for")


def test_replies_that_overtake_one_another_are_found(history: Example) -> None:
    history.run("run 3", first_token_at=127)
    assert history.finds("run 3 began before run 2, which stands before it, had ended")


def test_tokens_that_were_used_and_not_booked_are_found(history: Example) -> None:
    history.booked("Ann", used=169)
    assert history.finds("Ann used 169 tokens and is settled for 170")


def test_tokens_that_one_who_deletes_did_not_pay_for_are_found(history: Example) -> None:
    history.run("run 1", user="Ben")
    assert history.finds("Ben used 7 tokens and is settled for 20")


def test_tokens_that_stay_reserved_are_found(history: Example) -> None:
    history.booked("Ben", reserved=1)
    assert history.finds("Ben has 1 tokens reserved at rest")


def test_a_month_that_was_never_booked_is_found(history: Example) -> None:
    history.run("run 1", month="2026-10")
    assert history.finds("Ann has no usage of 2026-10")


def test_a_conversation_that_counts_other_tokens_than_its_runs_is_found(history: Example) -> None:
    history.conversation("A", tokens_used=129)
    assert history.finds("A used 129 tokens and is settled for 130")


def test_a_final_message_that_two_saw_differently_is_found(history: Example) -> None:
    history.also_saw(Seen, content="Hi")
    assert history.finds("A1 changed after it was final")


def test_a_final_message_that_is_stored_differently_is_found(history: Example) -> None:
    history.message("A1", content="Hi")
    assert history.finds("A1 is stored otherwise than it was seen")


def test_pages_with_a_gap_are_found(history: Example) -> None:
    history.saw(Paged, indexes=(0, 1, 3))
    assert history.finds("A was read with the indexes (0, 1, 3)")


def test_a_stream_that_is_not_the_text_is_found(history: Example) -> None:
    history.saw(Streamed, pieces=((0, "Well"),))
    assert history.finds("the pieces of A4 do not join to its text")


def test_a_stream_with_a_gap_is_found(history: Example) -> None:
    history.saw(Streamed, pieces=((0, "Well, "), (13, "it")))
    assert history.finds("the pieces of A4 do not meet")


def test_text_that_was_told_and_is_not_in_the_reply_is_found(history: Example) -> None:
    history.saw(Overheard, pieces=((0, "What"),))
    assert history.finds("A3 does not begin with what was told of it")


def test_text_that_a_reply_lost_though_nothing_was_killed_is_found(history: Example) -> None:
    history.saw(Overheard, message="E3", pieces=((0, "No"), (2, ", no")), asked_at=151)
    assert history.finds("E3 does not begin with what was told of it")


def test_text_with_a_gap_that_was_not_told_to_its_end_is_found(history: Example) -> None:
    history.saw(Overheard, pieces=((0, "W"), (2, "ll")))
    assert history.finds("the pieces of A3 do not meet")


def test_a_message_that_is_finished_twice_is_found(history: Example) -> None:
    history.also_saw(Streamed)
    assert history.finds("A4 was finished 2 times in subscription 1")


@pytest.mark.parametrize("indexes", [(3, 4), (2, 4), (2, 2, 3)])
def test_a_subscription_with_a_gap_or_a_repeat_is_found(
    history: Example, indexes: tuple[int, ...]
) -> None:
    history.saw(Listened, indexes=indexes)
    assert history.finds("a subscription left messages out, or told them twice")


@pytest.mark.parametrize("code", ["INTERNAL", "NOT_FOUND", "BAD_USER_INPUT"])
def test_a_refusal_without_a_reason_is_found(history: Example, code: str) -> None:
    history.saw(Refused, code=code)
    assert history.finds(f"sendMessage was refused with {code}")


def test_one_who_deletes_may_find_nothing(history: Example) -> None:
    history.saw(Refused, user="Ben", code="NOT_FOUND")
    assert history.violations() == []
