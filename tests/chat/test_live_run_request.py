"""What a run asks the model for."""

import logging
import threading
from dataclasses import replace

import pytest

from chat.drafts import OpenedRun
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import ModelRequest, PromptMessage
from chat.records import MessageStatus
from chat.redaction import Redacted, RedactionMode, RedactionOptions, Redactor
from tests.chat.examples import a_conversation, a_message, a_reply
from tests.chat.stage import Stage

CHECKPOINT_SECONDS = 7.0
REFUSED = ModelError(ErrorCode.MODEL_AUTHENTICATION)


async def request_of(stage: Stage, opened: OpenedRun) -> ModelRequest:
    await stage.live(opened).drive()
    (request,) = stage.model.requests
    return request


async def test_without_a_wish_the_deployments_parameters_are_sent_and_count_as_not_asked() -> None:
    stage = Stage()
    request = await request_of(stage, await stage.opened())
    assert (request.temperature, request.max_tokens) == (0.7, 1000)
    assert request.asked == frozenset()


async def test_the_conversations_parameters_go_before_the_deployments() -> None:
    stage = Stage()
    opened = await stage.opened()
    conversation = replace(opened.conversation, temperature=0.0, max_tokens=50)
    request = await request_of(stage, replace(opened, conversation=conversation))
    assert (request.temperature, request.max_tokens) == (0.0, 50)
    assert request.asked == {"temperature", "max_tokens"}


async def test_the_messages_parameters_go_before_the_conversations() -> None:
    stage = Stage()
    opened = await stage.opened(temperature=0.0)
    conversation = replace(opened.conversation, temperature=1.5)
    request = await request_of(stage, replace(opened, conversation=conversation))
    assert request.temperature == 0.0
    assert request.asked == {"temperature"}


async def test_the_model_is_the_one_that_the_reply_was_accepted_with() -> None:
    stage = Stage()
    request = await request_of(stage, await stage.opened(model="gpt-4o"))
    assert request.model == "gpt-4o"


async def test_a_reply_without_a_model_gets_the_conversations() -> None:
    stage = Stage()
    opened = await stage.opened()
    nameless = replace(opened, reply=replace(opened.reply, model=None))
    assert (await request_of(stage, nameless)).model == opened.conversation.model


async def test_the_prompt_in_force_goes_first_and_everything_goes_out_redacted() -> None:
    stage = Stage()
    opened = await stage.opened()
    conversation = a_conversation(stage.user.id, system_prompt="Write to ops@example.com.")
    window = (
        a_message(conversation, 0, "I am ada@example.com"),
        a_reply(conversation, 1, "Hello ada@example.com", status=MessageStatus.COMPLETE),
        a_message(conversation, 2, "Thanks"),
    )
    request = await request_of(
        stage,
        replace(
            opened,
            conversation=replace(opened.conversation, system_prompt="Write to ops@example.com."),
            window=window,
        ),
    )
    assert request.messages == (
        PromptMessage("system", "Write to [REDACTED]."),
        PromptMessage("user", "I am [REDACTED]"),
        PromptMessage("assistant", "Hello [REDACTED]"),
        PromptMessage("user", "Thanks"),
    )
    assert stage.tables.messages[opened.user_message.id].content == "Hello"


class WatchedRedactor(Redactor):
    """Remembers in which thread it redacted texts of which length."""

    def __init__(self) -> None:
        """No rule is on: only where it runs is of interest."""
        super().__init__(RedactionOptions())
        self.on_the_loop: dict[int, bool] = {}

    def outgoing(self, text: str) -> Redacted:
        """Note the thread."""
        self.on_the_loop[len(text)] = threading.current_thread() is threading.main_thread()
        return Redacted(text, ())


async def test_long_texts_are_redacted_off_the_loop_and_short_ones_on_it() -> None:
    redactor = WatchedRedactor()
    stage = Stage(redactor=redactor)
    opened = await stage.opened()
    conversation = opened.conversation
    window = (a_message(conversation, 0, "a" * 19_999), a_message(conversation, 1, "b" * 20_000))
    request = await request_of(stage, replace(opened, window=window))
    assert redactor.on_the_loop == {19_999: True, 20_000: False}
    assert [one.content for one in request.messages] == ["a" * 19_999, "b" * 20_000]


async def test_what_a_warning_rule_lets_through_is_logged_by_its_kind_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(redactor=Redactor(RedactionOptions(pii=RedactionMode.WARN)))
    await stage.finished(await stage.send("Write to jo@example.com"))
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.__dict__["kinds"] == ["email"]
    assert "jo@example.com" not in str(record.__dict__)
    assert stage.model.requests[0].messages[-1].content == "Write to jo@example.com"
