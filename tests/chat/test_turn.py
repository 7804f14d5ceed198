"""A turn as its sender sees it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import turn
from chat.drafts import OnBusy, OpenedRun, SettledRun
from chat.error_codes import ErrorCode
from chat.errors import ModelError, ParleyError, RunInterruptedError
from chat.records import MessageError, MessageStatus, RunStatus
from chat.turn import Edit, Regenerate, Send, Turn, fingerprint
from tests.chat.examples import a_conversation, a_message, a_reply, a_run, a_user

SEND = Send(
    "Hello",
    UUID(int=7),
    model="gpt-4o",
    temperature=0.5,
    max_tokens=100,
    idempotency_key="key",
)
TIMEOUT = MessageError("MODEL_TIMEOUT", "Too slow.", retryable=True, retry_after_seconds=2.5)


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
    assert fingerprint(replace(SEND, **changes)) != fingerprint(SEND)


def test_neither_the_key_nor_what_to_do_when_busy_is_part_of_the_fingerprint() -> None:
    same = replace(SEND, idempotency_key="other", on_busy=OnBusy.ENQUEUE)
    assert fingerprint(same) == fingerprint(SEND)


def test_an_edit_and_a_regeneration_of_one_message_have_different_fingerprints() -> None:
    edit, regenerate = Edit(UUID(int=7), "Hello"), Regenerate(UUID(int=7))
    assert len({fingerprint(one) for one in (SEND, edit, regenerate)}) == 3


@given(st.text(), st.text())
def test_two_contents_have_one_fingerprint_only_when_they_are_equal(one: str, other: str) -> None:
    assert (fingerprint(Send(one)) == fingerprint(Send(other))) == (one == other)


def opened_run(**changes: Any) -> OpenedRun:
    """A run in its first state, or in another; the changes are the run's and the reply's."""
    conversation = a_conversation(a_user().id)
    question, reply = a_message(conversation, 0), a_reply(conversation, 1)
    reply = replace(reply, error=changes.pop("error", None))
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


def test_a_failed_run_has_the_error_as_it_was_told_the_first_time() -> None:
    error = turn.accepted(opened_run(status=RunStatus.FAILED, error=TIMEOUT)).error
    assert error is not None
    assert (error.code, str(error)) == (ErrorCode.MODEL_TIMEOUT, "Too slow.")
    assert (error.retryable, error.retry_after_seconds) == (True, 2.5)
    assert turn.to_store(error) == TIMEOUT


def test_a_failed_run_without_a_stored_error_has_an_internal_one() -> None:
    error = turn.accepted(opened_run(status=RunStatus.FAILED)).error
    assert error is not None
    assert error.code is ErrorCode.INTERNAL


def settled(error: ParleyError | None) -> Turn:
    """A turn that failed with this error, as a settled one."""
    opened = opened_run()
    done = SettledRun(
        replace(opened.conversation, tokens_used=7),
        replace(opened.run, status=RunStatus.FAILED),
        replace(opened.user_message, tokens_used=5),
        replace(
            opened.reply,
            content="Hal",
            status=MessageStatus.FAILED,
            error=TIMEOUT,
            tokens_used=2,
        ),
    )
    result = turn.settled(turn.accepted(opened), done, error)
    assert (result.run, result.user_message, result.reply) == (
        done.run,
        done.user_message,
        done.reply,
    )
    assert result.conversation == done.conversation
    return result


def test_a_settled_turn_has_the_error_of_the_model_client() -> None:
    error = ModelError(ErrorCode.MODEL_TIMEOUT, retry_after_seconds=3)
    assert settled(error).error is error


def test_without_one_it_has_the_stored_error() -> None:
    error = settled(None).error
    assert error is not None
    assert error.code is ErrorCode.MODEL_TIMEOUT


def test_tokens_used_is_what_the_prompt_cost_and_the_reply_once_both_are_known() -> None:
    whole = settled(None)
    assert whole.tokens_used == whole.run.prompt_tokens + 2
    assert turn.accepted(opened_run()).tokens_used is None
