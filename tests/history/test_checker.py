"""The checker finds each kind of error planted in conversations, turns and keys, and no other."""

from dataclasses import replace

import pytest

from tests.history.example import Example
from tests.history.log import (
    Attempted,
    Branched,
    Deleted,
    Deleting,
    Edited,
    Refused,
    Regenerated,
    Repeated,
    Sent,
    Shown,
)


def test_a_clean_history_has_no_violations(history: Example) -> None:
    assert history.violations() == []


def test_a_gap_in_the_indexes_is_found(history: Example) -> None:
    del history.messages["A2"]
    assert history.finds("A shows the indexes [0, 1, 3, 4], not 0 to 4")


def test_an_index_that_is_there_twice_is_found(history: Example) -> None:
    history.message("A2", index=1)
    assert history.finds("A shows the indexes [0, 1, 1, 3, 4]")


def test_segments_that_do_not_meet_are_found(history: Example) -> None:
    of_b = next(one for one in history.segments if one.source == "B")
    history.segments[history.segments.index(of_b)] = replace(of_b, from_index=3)
    assert history.finds("B has segments that do not meet")


def test_a_message_that_shows_nowhere_is_found(history: Example) -> None:
    history.conversations.pop("R")
    history.segments = [one for one in history.segments if one.conversation != "R"]
    assert history.finds("R1 is stored and shows in no conversation")


def test_an_acknowledged_message_that_is_lost_is_found(history: Example) -> None:
    del history.messages["A4"]
    history.conversation("A", next_index=4)
    assert history.finds("A4 was acknowledged at 4 and stands at []")


def test_an_acknowledged_message_at_another_index_is_found(history: Example) -> None:
    history.saw(Sent, user_index=1)
    assert history.finds("A0 was acknowledged at 1 and stands at [0]")


def test_an_acknowledged_message_with_another_content_is_found(history: Example) -> None:
    history.message("A0", content="Hullo")
    assert history.finds("A0 holds 'Hullo', which is not what was sent")


def test_a_conversation_that_is_gone_without_a_delete_is_found(history: Example) -> None:
    history.entries = [one for one in history.entries if not isinstance(one, Deleting)]
    assert history.finds("D is gone and nobody deleted it")


def test_a_branch_that_is_gone_without_a_delete_is_found(history: Example) -> None:
    history.also_saw(Branched, child="C")
    assert history.finds("C is gone and nobody deleted it")


def test_a_deleted_conversation_that_is_still_there_is_found(history: Example) -> None:
    history.saw(Deleted, conversation="A")
    assert history.finds("A is still there")


def test_a_branch_that_no_longer_shows_its_past_is_found(history: Example) -> None:
    history.saw(Branched, prefix=(Shown("A0", 0, "Hello"), Shown("A1", 1, "Hi there!")))
    assert history.finds("B no longer shows the past that it was made with")


def test_a_branch_with_another_fork_is_found(history: Example) -> None:
    history.saw(Branched, at_index=1, prefix=(Shown("A0", 0, "Hello"),))
    assert history.finds("B is forked at 2")


def test_a_branch_whose_past_differs_from_its_parents_is_found(history: Example) -> None:
    history.conversation("B", parent="R")
    assert history.finds("B and its parent R differ below index 2")


def test_a_branch_that_shows_what_its_parent_got_later_is_found(history: Example) -> None:
    history.conversation("B", branched_at_index=1)
    assert history.finds("B shows what its parent got after the fork: ['A1']")


def test_a_key_with_two_user_messages_is_found(history: Example) -> None:
    history.message("B2", content="Hello")
    assert history.finds("the key key 1 made several user messages: ['A0', 'B2']")


def test_a_refused_message_that_is_stored_is_found(history: Example) -> None:
    history.message("B2", content="Me too")
    assert history.finds("the key key 6 was only ever refused, and made ['B2']")


def test_a_refusal_after_a_question_without_an_answer_is_none(history: Example) -> None:
    history.also_saw(Attempted, key="key 6", content="Aside")
    history.saw(Refused, key="key 6")
    assert not history.finds("only ever refused")


def test_a_repeat_with_another_user_message_is_found(history: Example) -> None:
    history.saw(Repeated, user_message="A0")
    assert history.finds("the key key 2 was answered with several user messages: ['A0', 'A2']")


def test_a_repeat_in_another_conversation_is_found(history: Example) -> None:
    history.saw(Repeated, conversation="B")
    assert history.finds("the key key 2 was answered from several conversations: ['A', 'B']")


def test_a_repeat_with_another_reply_of_the_same_run_is_found(history: Example) -> None:
    history.saw(Repeated, reply="A3")
    assert history.finds("the key key 2 has a run with several replies")


@pytest.mark.parametrize("status", ["COMPLETE", "STOPPED", "FAILED"])
def test_a_second_run_of_a_key_whose_first_was_no_case_for_it_is_found(
    history: Example, status: str
) -> None:
    history.run("run 2", status=status)
    history.message("A3", status=status, error_code="MODEL_REJECTED")
    assert history.finds(f"the key key 2 was answered by run 3 after {status} run 2")


def test_a_repeat_that_goes_back_to_an_older_run_is_found(history: Example) -> None:
    history.also_saw(Sent, key="key 2", run="run 2", asked_at=140, at=141)
    assert history.finds("a repeat was answered with an older run than before")


@pytest.mark.parametrize(
    "changes", [{"branch_kind": "TOPIC"}, {"branched_at_index": 1}, {"parent": "B"}]
)
def test_an_edit_that_is_no_variant_before_its_message_is_found(
    history: Example, changes: dict[str, object]
) -> None:
    history.conversation("E", **changes)
    assert history.finds("not the variant ('EDIT', 2, 'A')")


def test_a_variant_without_its_familys_root_is_found(history: Example) -> None:
    history.conversation("R", root=None)
    assert history.finds("R has the root None")


def test_an_edit_that_starts_at_another_index_is_found(history: Example) -> None:
    history.saw(Edited, user_index=3)
    assert history.finds("not the variant ('EDIT', 2, 'A')")


def test_a_final_reply_that_is_answered_again_in_its_conversation_is_found(
    history: Example,
) -> None:
    history.saw(Regenerated, conversation="A")
    assert history.finds("COMPLETE A1 was answered again in its conversation")
