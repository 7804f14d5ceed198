"""Faults of the model server, as those see them who send messages."""

import gzip
import json
import socket
from dataclasses import dataclass
from typing import cast

import pytest

from adapters.chat_completions import TOOL_ASKED_FOR
from adapters.model_errors import QUOTA_USED_UP, TOO_LONG
from chat.error_codes import CATALOGUE, ErrorCode
from tests.conftest import StartParley
from tests.operations.error_log import error_log
from tests.scripted_model import (
    Behaviour,
    ScriptedModel,
    answer,
    refuse,
    reset,
    say,
    say_then_cut,
)
from tests.served import Answer, Client, Json

DONE = b"data: [DONE]\n\n"
UNAVAILABLE = "MODEL_UNAVAILABLE"


@dataclass
class Outcome:
    """What became of a send: the answer, and the reply as it is stored."""

    answer: Answer
    reply: Json

    @property
    def extensions(self) -> Json:
        return cast("Json", self.answer.error["extensions"])

    def assert_failed(self, code: str, *, content: str = "") -> None:
        assert (self.answer.status, self.answer.code) == (200, code)
        assert (self.reply["status"], self.reply["error"]) == ("FAILED", {"code": code})
        assert self.reply["content"] == content
        assert "upstream secret text" not in str(self.answer.body)


async def send(client: Client) -> Outcome:
    """Send "Hello" in a new conversation; what was said is stored whatever comes of it."""
    answer = await client.try_send(None, "Hello")
    conversation = answer.body["data"]["sendMessage"]["conversation"]["id"]
    said, reply = await client.messages(conversation)
    assert (said["role"], said["content"], said["status"]) == ("USER", "Hello", "COMPLETE")
    _, reserved = await client.usage()
    assert reserved == 0
    return Outcome(answer, reply)


def event(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def delta(reason: str | None = None, **fields: object) -> bytes:
    return event(choices=[{"delta": fields, "finish_reason": reason}])


@pytest.mark.parametrize(
    ("behaviour", "code", "sentence"),
    [
        (refuse(400), "MODEL_REJECTED", None),
        (refuse(400, code="context_length_exceeded"), "MODEL_REJECTED", TOO_LONG),
        (refuse(404), "MODEL_REJECTED", None),
        (refuse(422), "MODEL_REJECTED", None),
        (refuse(401), "MODEL_AUTHENTICATION", None),
        (refuse(403), "MODEL_AUTHENTICATION", None),
        (refuse(429, code="insufficient_quota"), "MODEL_RATE_LIMITED", QUOTA_USED_UP),
        (refuse(307, {"Location": "/v1/elsewhere"}), UNAVAILABLE, None),
        (answer(delta("tool_calls", tool_calls=[{}])), "MODEL_REJECTED", TOOL_ASKED_FOR),
        (answer(b"<!doctype html><html>Sign in</html>"), UNAVAILABLE, None),
        (answer(DONE), UNAVAILABLE, None),
        (answer(delta("content_filter")), "MODEL_CONTENT_FILTERED", None),
    ],
)
async def test_what_another_try_would_not_change_fails_at_once(
    behaviour: Behaviour, code: str, sentence: str | None, alice: Client, model: ScriptedModel
) -> None:
    model.next(behaviour)
    outcome = await send(alice)
    outcome.assert_failed(code)
    assert outcome.answer.error["message"] == (sentence or CATALOGUE[ErrorCode(code)].sentence)
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    ("behaviour", "code"), [(refuse(429), "MODEL_RATE_LIMITED"), (reset(), UNAVAILABLE)]
)
async def test_what_may_pass_is_tried_three_times_and_may_be_tried_again(
    behaviour: Behaviour, code: str, alice: Client, model: ScriptedModel
) -> None:
    model.next(*[behaviour] * 3)
    outcome = await send(alice)
    outcome.assert_failed(code)
    assert outcome.extensions["retryable"] is True
    assert outcome.extensions["retryAfterSeconds"] is None
    assert await alice.usage() == (0, 0)
    assert len(model.requests) == 3


async def test_what_passed_is_not_noticed(alice: Client, model: ScriptedModel) -> None:
    model.next(refuse(429, {"retry-after-ms": "50"}), reset())
    outcome = await send(alice)
    assert outcome.reply["content"] == "You said: Hello 🎉"
    assert outcome.reply["status"] == "COMPLETE"
    assert await alice.usage() == (18, 0)
    assert len(model.requests) == 3


async def test_a_long_wait_is_passed_on_to_the_sender(alice: Client, model: ScriptedModel) -> None:
    model.next(refuse(429, {"Retry-After": "42"}))
    outcome = await send(alice)
    outcome.assert_failed("MODEL_RATE_LIMITED")
    assert outcome.extensions["retryable"] is True
    assert outcome.extensions["retryAfterSeconds"] == 42
    assert len(model.requests) == 1


@pytest.mark.one_process("each process has its own breaker")
async def test_a_model_server_that_keeps_failing_is_left_alone_for_a_while(
    alice: Client, bob: Client, model: ScriptedModel
) -> None:
    model.next(*[refuse(503)] * 9)
    requests = []
    for client in (alice, bob, alice):
        outcome = await send(client)
        outcome.assert_failed(UNAVAILABLE)
        requests.append(len(model.requests))
    assert requests == [3, 5, 5]
    assert 25 < outcome.extensions["retryAfterSeconds"] <= 30


async def test_a_model_server_that_is_not_there_is_unavailable(start_parley: StartParley) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        async with start_parley(openai_base_url=address) as parley:
            outcome = await send(await parley.client())
    outcome.assert_failed(UNAVAILABLE)
    assert outcome.extensions["retryable"] is True


async def test_a_model_server_without_tls_where_it_should_be_is_not_asked(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    address = model.url.replace("http:", "https:")
    async with start_parley(openai_base_url=address) as parley:
        with error_log(parley) as log:
            outcome = await send(await parley.client())
        assert "no secure connection to the model server" in str(log.taken())
    outcome.assert_failed(UNAVAILABLE)
    assert outcome.extensions["retryable"] is False
    assert model.requests == []


@pytest.mark.parametrize(
    "behaviour",
    [
        say_then_cut("So far"),
        answer(delta(content="So far") + b"data: {oops\n\n"),
        answer(delta(content="So far") + event(error={"message": "upstream secret text"})),
        answer(delta(content="So far") + b"data: " + b"x" * 300_000),
    ],
)
async def test_a_fault_in_mid_stream_keeps_the_text_so_far(
    behaviour: Behaviour, alice: Client, model: ScriptedModel
) -> None:
    model.next(behaviour)
    outcome = await send(alice)
    outcome.assert_failed(UNAVAILABLE, content="So far")
    assert outcome.reply["usageSource"] == "ESTIMATED"
    assert len(model.requests) == 1


ODD_STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\n"
    + event(choices=[]).replace(b"\n", b"\r\n")
    + delta(role="assistant").replace(b"\n", b"\r")
    + delta(content="Odd 🎉").replace(b'{"choices"', b'{\ndata: "choices"')
)


@pytest.mark.parametrize(
    ("behaviour", "content", "reason"),
    [
        (answer(ODD_STREAM + DONE), "Odd 🎉", None),
        (answer(gzip.compress(ODD_STREAM + DONE), {"Content-Encoding": "gzip"}), "Odd 🎉", None),
        (answer(delta("stop", content="No done")), "No done", "stop"),
        (answer(delta("stop", refusal="I will not.")), "I will not.", "stop"),
        (say("Cut sh", finish="length", usage=None), "Cut sh", "length"),
        (say("Fil", finish="content_filter", usage=None), "Fil", "content_filter"),
        (answer(b'{"choices": [{"message": {"content": "Plain"}}]}'), "Plain", None),
    ],
)
async def test_what_is_odd_is_complete_all_the_same(
    behaviour: Behaviour,
    content: str,
    reason: str | None,
    alice: Client,
    model: ScriptedModel,
) -> None:
    model.next(behaviour)
    outcome = await send(alice)
    told = outcome.answer.data["sendMessage"]["reply"]
    assert (told["content"], told["status"], told["finishReason"]) == (content, "COMPLETE", reason)
    assert (outcome.reply["content"], outcome.reply["usageSource"]) == (content, "ESTIMATED")
    assert len(model.requests) == 1
