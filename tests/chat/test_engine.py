"""Accepting a send, and the run that follows from it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chat.drafts import ConversationDraft, NewMessage
from chat.error_codes import ErrorCode
from chat.errors import BadUserInputError, MessageBlockedError, ModelError, NotFoundError
from chat.events import BusEvent, MessageAdded, MessageDelta, MessageFinished
from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.model import TextPiece
from chat.options import Options
from chat.records import MessageStatus, RunStatus
from chat.redaction import RedactionMode, RedactionOptions, Redactor
from chat.turn import Send, fingerprint
from tests.chat.examples import MODEL, NOW, a_conversation
from tests.chat.fakes import RecordingBus
from tests.chat.stage import Stage, closed_gate, other_tasks


async def test_a_send_gives_the_turn_as_it_was_accepted_before_the_model_has_answered() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("Hi"))
    turn = await stage.send("Hello\nthere")
    assert (turn.run.status, turn.reply.status) == (RunStatus.RUNNING, MessageStatus.STREAMING)
    assert (turn.user_message.content, turn.reply.content) == ("Hello\nthere", "")
    assert turn.conversation.name == "Hello"
    gate.set()
    finished = await stage.finished(turn)
    assert (finished.run.status, finished.reply.content) == (RunStatus.COMPLETE, "Hi")


async def test_events_come_in_the_order_of_what_happened_and_the_last_after_settling() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"), TextPiece("!"))
    turn = await stage.send()
    finished = await stage.finished(turn)
    assert stage.journal == [
        "open",
        "MessageAdded",
        "MessageFinished",
        "MessageAdded",
        "MessageDelta",
        "MessageDelta",
        "settle",
        "MessageFinished",
    ]
    assert stage.bus.events == [
        MessageAdded(turn.user_message),
        MessageFinished(turn.user_message),
        MessageAdded(turn.reply),
        MessageDelta(turn.reply.id, 0, "Hi"),
        MessageDelta(turn.reply.id, 2, "!"),
        MessageFinished(finished.reply),
    ]
    assert {one for one, _ in stage.bus.published} == {turn.conversation.id}


async def test_a_draft_holds_what_was_asked_and_what_the_deployment_decides() -> None:
    options = Options(
        other_models=("gpt-4o",),
        history=HistoryLimits(messages=3, tokens=99),
        max_completion_tokens=77,
        monthly_token_limit=5000,
        lease_seconds=30,
    )
    stage = Stage(options=options)
    send = Send("Hello", model="gpt-4o", temperature=0.2, max_tokens=9, idempotency_key="key")
    await stage.engine.finished(stage.user, await stage.engine.send(stage.user, send))
    (draft,) = stage.runs.drafts
    new = ConversationDraft("Hello", "gpt-4o")
    assert (draft.user_id, draft.target) == (stage.user.id, NewMessage(None, new, "Hello"))
    assert draft.model == "gpt-4o"
    assert (draft.temperature, draft.max_tokens) == (0.2, 9)
    assert (draft.idempotency_key, draft.fingerprint) == ("key", fingerprint(send))
    assert draft.allowed_models == {MODEL, "gpt-4o"}
    assert (draft.history, draft.default_max_tokens) == (options.history, 77)
    assert draft.token_limit == 5000
    assert (draft.now, draft.lease.seconds) == (NOW, 30)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"content": " \n"}, "content"),
        ({"content": "Hi", "model": "gpt-9"}, "model"),
        ({"content": "Hi", "temperature": 2.1}, "temperature"),
        ({"content": "Hi", "max_tokens": 0}, "maxTokens"),
        ({"content": "Hi", "idempotency_key": ""}, "idempotencyKey"),
    ],
)
async def test_a_bad_input_is_refused_before_anything_is_stored(
    values: dict[str, Any], field: str
) -> None:
    stage = Stage()
    with pytest.raises(BadUserInputError) as caught:
        await stage.send(**values)
    assert caught.value.field == field
    assert stage.runs.opening == 0


async def test_a_blocked_message_is_refused_before_anything_is_stored() -> None:
    stage = Stage(redactor=Redactor(RedactionOptions(pii=RedactionMode.BLOCK)))
    with pytest.raises(MessageBlockedError) as caught:
        await stage.send("I am ada@example.com")
    assert caught.value.details == {"kinds": ["email"]}
    assert stage.runs.opening == 0


async def test_what_the_store_refuses_is_raised_and_starts_nothing() -> None:
    stage = Stage()
    with pytest.raises(NotFoundError):
        await stage.send(conversation_id=uuid7())
    assert not stage.bus.published
    assert not stage.model.requests


async def test_a_failed_model_is_a_turn_with_an_error() -> None:
    stage = Stage()
    failure = ModelError(ErrorCode.MODEL_RATE_LIMITED, retry_after_seconds=3)
    stage.model.plays(TextPiece("Hal"), failure)
    finished = await stage.finished(await stage.send())
    assert (finished.run.status, finished.reply.content) == (RunStatus.FAILED, "Hal")
    assert finished.error is failure


async def test_a_second_send_shows_the_model_what_was_said_before() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"))
    first = await stage.finished(await stage.send("Hello"))
    second = await stage.send("And now?", conversation_id=first.conversation.id)
    await stage.finished(second)
    said = [(one.role, one.content) for one in stage.model.requests[1].messages]
    assert said == [("user", "Hello"), ("assistant", "Hi"), ("user", "And now?")]


async def test_cancelling_the_sender_stops_nothing() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"))
    stage.runs.may_open.clear()
    conversation = a_conversation(stage.user.id)
    stage.tables.put(conversation)
    sending = asyncio.create_task(stage.send(conversation_id=conversation.id))
    await stage.runs.until(lambda: stage.runs.opening == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    stage.runs.may_open.set()
    finished = await stage.until_finished(conversation.id)
    assert (finished.message.status, finished.message.content) == (MessageStatus.COMPLETE, "Hi")


async def test_cancelling_one_who_waits_for_the_reply_stops_nothing() -> None:
    stage = Stage()
    start, end = closed_gate(), closed_gate()
    stage.model.plays(start, TextPiece("Hi"), end)
    turn = await stage.send()
    waiting = asyncio.create_task(stage.finished(turn))
    start.set()
    await stage.until_told("Hi")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    end.set()
    finished = await stage.until_finished(turn.conversation.id)
    assert finished.message.status is MessageStatus.COMPLETE


async def test_a_refusal_that_nobody_waits_for_any_more_is_no_unhandled_error() -> None:
    stage = Stage()
    stage.runs.may_open.clear()
    stage.runs.refusal = NotFoundError()
    sending = asyncio.create_task(stage.send())
    await stage.runs.until(lambda: stage.runs.opening == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    stage.runs.may_open.set()
    await stage.live_runs.close()


class DeadBus(RecordingBus):
    """A bus that cannot be reached."""

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Fail."""
        raise ConnectionError


async def test_saving_does_not_depend_on_delivery() -> None:
    stage = Stage(make_bus=DeadBus)
    stage.model.plays(TextPiece("Hi"))
    turn = await stage.send()
    await asyncio.gather(*other_tasks(), return_exceptions=True)
    reply = stage.tables.messages[turn.reply.id]
    assert (reply.status, reply.content) == (MessageStatus.COMPLETE, "Hi")


async def test_a_conversation_of_an_own_model_is_sent_to_that_model() -> None:
    stage = Stage(options=replace(Stage().options, other_models=("gpt-4o",)))
    conversation = a_conversation(stage.user.id, model="gpt-4o")
    stage.tables.put(conversation)
    await stage.finished(await stage.send(conversation_id=conversation.id))
    assert [request.model for request in stage.model.requests] == ["gpt-4o"]
