"""A turn as its sender sees it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import turn
from chat.drafts import OpenedRun, SettledRun
from chat.errors import ErrorCode, ModelError, ParleyError, RunInterruptedError
from chat.records import MessageStatus, RunStatus
from chat.turn import Send, Turn
from tests.chat.examples import a_conversation, a_message, a_reply, a_run, a_user

SEND = Send("Hello", UUID(int=7), "gpt-4o", 0.5, 100, "key")


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "Hello "},
        {"conversation_id": UUID(int=8)},
        {"conversation_id": None},
        {"model": None},
        {"temperature": 0.6},
        {"max_tokens": None},
    ],
)
def test_another_input_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert replace(SEND, **changes).fingerprint() != SEND.fingerprint()


def test_the_key_is_no_part_of_the_fingerprint() -> None:
    assert replace(SEND, idempotency_key="other").fingerprint() == SEND.fingerprint()


@given(st.text(), st.text())
def test_two_contents_have_one_fingerprint_only_when_they_are_equal(one: str, other: str) -> None:
    assert (Send(one).fingerprint() == Send(other).fingerprint()) == (one == other)


def opened_run(**changes: Any) -> OpenedRun:
    """A run in its first state, or in another; the changes are the run's and the reply's."""
    conversation = a_conversation(a_user().id)
    question, reply = a_message(conversation, 0), a_reply(conversation, 1)
    reply = replace(reply, error_code=changes.pop("error_code", None))
    return OpenedRun(
        conversation, a_run(question, reply, **changes), question, reply, repeated=False
    )


def test_an_accepted_turn_holds_what_was_stored() -> None:
    opened = opened_run()
    assert turn.accepted(opened) == Turn(
        opened.conversation, opened.run, opened.user_message, opened.reply, None
    )


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.COMPLETE, RunStatus.STOPPED])
def test_a_run_that_did_not_fail_has_no_error(status: RunStatus) -> None:
    assert turn.accepted(opened_run(status=status)).error is None


def test_an_interrupted_run_has_that_error() -> None:
    assert isinstance(
        turn.accepted(opened_run(status=RunStatus.INTERRUPTED)).error, RunInterruptedError
    )


@pytest.mark.parametrize(
    ("stored", "code"),
    [("MODEL_TIMEOUT", ErrorCode.MODEL_TIMEOUT), (None, ErrorCode.INTERNAL)],
)
def test_a_failed_run_has_the_error_whose_code_is_stored(
    stored: str | None, code: ErrorCode
) -> None:
    error = turn.accepted(opened_run(status=RunStatus.FAILED, error_code=stored)).error
    assert isinstance(error, ModelError)
    assert error.code is code


def settled(error: ParleyError | None) -> Turn:
    """A turn that failed with this error, as a settled one."""
    opened = opened_run()
    done = SettledRun(
        replace(opened.run, status=RunStatus.FAILED),
        replace(opened.user_message, tokens_used=5),
        replace(
            opened.reply,
            content="Hal",
            status=MessageStatus.FAILED,
            error_code="MODEL_TIMEOUT",
            tokens_used=2,
        ),
    )
    result = turn.settled(turn.accepted(opened), done, error)
    assert (result.run, result.user_message, result.reply) == (
        done.run,
        done.user_message,
        done.reply,
    )
    assert result.conversation == opened.conversation
    return result


def test_a_settled_turn_has_the_error_of_the_model_client() -> None:
    error = ModelError(ErrorCode.MODEL_TIMEOUT, retry_after_seconds=3)
    assert settled(error).error is error


def test_without_one_it_has_the_stored_error() -> None:
    error = settled(None).error
    assert error is not None
    assert error.code is ErrorCode.MODEL_TIMEOUT


def test_tokens_used_is_the_sum_once_something_is_known() -> None:
    whole = settled(None)
    assert whole.tokens_used == 7
    assert replace(whole, reply=opened_run().reply).tokens_used == 5
    assert turn.accepted(opened_run()).tokens_used is None
    assert replace(whole, user_message=replace(whole.user_message, tokens_used=0)).tokens_used == 2
