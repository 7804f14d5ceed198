"""What the model client sends: address, headers and body, and what it changes when refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import aiohttp
import pytest

from adapters import model_errors
from adapters.openai import NOT_CONFIGURED, OpenAIClient
from adapters.retries import RetryPolicy
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import ModelRequest
from tests.adapters.conftest import Recorder

OPENAI = "https://api.openai.com/v1"
LOCAL = "http://localhost:11434/v1"
MakeClient = Callable[..., OpenAIClient]


@pytest.fixture
def make(session: aiohttp.ClientSession) -> MakeClient:
    def build(
        base_url: str = LOCAL,
        api_key: str | None = None,
        max_tokens_parameter: Literal["auto", "max_tokens", "max_completion_tokens"] = "auto",
        *,
        configured: bool = True,
    ) -> OpenAIClient:
        return OpenAIClient(
            session=session,
            base_url=base_url,
            api_key=api_key,
            max_tokens_parameter=max_tokens_parameter,
            configured=configured,
            retry_policy=RetryPolicy(most_retries=0),
        )

    return build


async def _send(client: OpenAIClient, request: ModelRequest) -> None:
    async for _ in client.stream(request):
        pass


async def _error(client: OpenAIClient, request: ModelRequest) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await _send(client, request)
    return caught.value


async def test_the_whole_body_for_openai(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    await _send(make(OPENAI, "sk-1"), hello)
    (sent,) = recorder.sent
    assert sent.url == "https://api.openai.com/v1/chat/completions"
    assert sent.headers == {
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
        "User-Agent": "Parley",
        "Authorization": "Bearer sk-1",
    }
    assert sent.body == {
        "model": "a-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.7,
        "max_completion_tokens": 1000,
    }
    assert sent.options["allow_redirects"] is False


async def test_other_servers_get_max_tokens(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    await _send(make(LOCAL), hello)
    assert recorder.sent[0].body["max_tokens"] == 1000
    assert "max_completion_tokens" not in recorder.sent[0].body


@pytest.mark.parametrize("base_url", [OPENAI, LOCAL])
@pytest.mark.parametrize("setting", ["max_tokens", "max_completion_tokens"])
async def test_a_setting_overrides_the_spelling_of_the_limit(
    make: MakeClient,
    recorder: Recorder,
    hello: ModelRequest,
    base_url: str,
    setting: Literal["max_tokens", "max_completion_tokens"],
) -> None:
    await _send(make(base_url, "k", setting), hello)
    limits = {name: v for name, v in recorder.sent[0].body.items() if name.startswith("max_")}
    assert limits == {setting: 1000}


@pytest.mark.parametrize("key", [None, "", "  \n"])
async def test_without_a_key_there_is_no_authorization(
    make: MakeClient, recorder: Recorder, hello: ModelRequest, key: str | None
) -> None:
    await _send(make(LOCAL, key), hello)
    assert "Authorization" not in recorder.sent[0].headers


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("http://h", "http://h/chat/completions"),
        ("http://h/v1?api-version=2", "http://h/v1/chat/completions?api-version=2"),
        ("http://me:secret@h/v1", "http://h/v1/chat/completions"),
    ],
)
async def test_the_address_follows_from_the_base(
    make: MakeClient, recorder: Recorder, hello: ModelRequest, base_url: str, address: str
) -> None:
    await _send(make(base_url, "k"), hello)
    assert recorder.sent[0].url == address


async def test_a_password_in_the_address_serves_where_there_is_no_key(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    await _send(make("http://me:secret@h/v1"), hello)
    assert recorder.sent[0].url == "http://me:secret@h/v1/chat/completions"


def test_a_key_of_two_lines_is_refused_at_once(make: MakeClient) -> None:
    with pytest.raises(ValueError, match="one line"):
        make(LOCAL, "sk\nHost: evil")


async def test_when_nothing_is_set_up_nothing_is_sent(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    error = await _error(make(OPENAI, configured=False), hello)
    assert error.code is ErrorCode.MODEL_AUTHENTICATION
    assert str(error) == NOT_CONFIGURED
    assert "OPENAI_API_KEY" in NOT_CONFIGURED
    assert recorder.sent == []


async def test_a_refused_parameter_is_left_out_and_remembered_for_the_model(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    client = make()
    recorder.refuse("Only the default is supported.", param="temperature")
    await _send(client, hello)
    await _send(client, hello)
    await _send(client, replace(hello, model="another"))
    assert ["temperature" in sent.body for sent in recorder.sent] == [True, False, False, True]


@pytest.mark.parametrize("code", ["unsupported_parameter", "unsupported_value"])
async def test_a_refusal_may_name_the_parameter_in_its_message_only(
    make: MakeClient, recorder: Recorder, hello: ModelRequest, code: str
) -> None:
    recorder.refuse("'temperature' does not work with this model.", code=code, param=None)
    await _send(make(), hello)
    assert "temperature" not in recorder.sent[1].body


async def test_stream_options_may_be_refused_by_one_of_their_fields(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    recorder.refuse(param="stream_options.include_usage")
    await _send(make(), hello)
    assert "stream_options" not in recorder.sent[1].body
    assert recorder.sent[1].body["stream"] is True


async def test_several_parameters_may_be_refused_one_after_the_other(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    for name in ("temperature", "max_tokens", "stream_options"):
        recorder.refuse(param=name)
    client = make()
    await _send(client, hello)
    await _send(client, hello)
    assert len(recorder.sent) == 5
    assert recorder.sent[3].body.keys() == recorder.sent[4].body.keys()
    assert recorder.sent[4].body.keys() == {"model", "messages", "stream"}


@pytest.mark.parametrize(
    ("base_url", "first", "second"),
    [
        (LOCAL, "max_tokens", "max_completion_tokens"),
        (OPENAI, "max_completion_tokens", "max_tokens"),
    ],
)
async def test_the_other_spelling_of_the_limit_is_used_when_the_server_names_it(
    make: MakeClient,
    recorder: Recorder,
    hello: ModelRequest,
    base_url: str,
    first: str,
    second: str,
) -> None:
    asked = replace(hello, asked=frozenset({"max_tokens"}))
    message = f"Unsupported parameter: '{first}' is not supported. Use '{second}' instead."
    recorder.refuse(message, param=first, code="unsupported_parameter")
    client = make(base_url, "k")
    await _send(client, asked)
    await _send(client, asked)
    assert [first in sent.body for sent in recorder.sent] == [True, False, False]
    assert [sent.body.get(second) for sent in recorder.sent] == [None, 1000, 1000]


async def test_two_refused_spellings_do_not_take_turns(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    recorder.refuse("Use max_completion_tokens.", param="max_tokens")
    recorder.refuse("Use max_tokens.", param="max_completion_tokens")
    await _send(make(), hello)
    assert len(recorder.sent) == 3
    assert not {"max_tokens", "max_completion_tokens"} & recorder.sent[2].body.keys()


@pytest.mark.parametrize(
    ("parameter", "public_name"), [("temperature", "temperature"), ("max_tokens", "maxTokens")]
)
async def test_what_somebody_asked_for_is_never_left_out(
    make: MakeClient,
    recorder: Recorder,
    hello: ModelRequest,
    parameter: Literal["temperature", "max_tokens"],
    public_name: str,
) -> None:
    client = make()
    recorder.refuse(param=parameter)
    await _send(client, hello)
    recorder.refuse(param=parameter)
    error = await _error(client, replace(hello, asked=frozenset({parameter})))
    assert parameter in recorder.sent[2].body
    assert len(recorder.sent) == 3
    assert error.code is ErrorCode.MODEL_REJECTED
    assert str(error) == f"This model does not take {public_name}; leave it out."


async def test_a_refusal_is_not_remembered_when_leaving_out_did_not_help(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    client = make()
    recorder.refuse(param="temperature")
    recorder.refuse(status=500)
    await _error(client, hello)
    await _send(client, hello)
    assert "temperature" in recorder.sent[2].body


@pytest.mark.parametrize("param", ["messages", "logit_bias", "max_completion_tokens"])
async def test_a_refusal_of_what_was_not_sent_changes_nothing(
    make: MakeClient, recorder: Recorder, hello: ModelRequest, param: str
) -> None:
    recorder.refuse("max_tokens and temperature are fine", param=param)
    error = await _error(make(), hello)
    assert error.code is ErrorCode.MODEL_REJECTED
    assert len(recorder.sent) == 1


async def test_only_a_400_counts_as_a_refusal_of_a_parameter(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    recorder.refuse(status=422, param="temperature")
    assert (await _error(make(), hello)).code is ErrorCode.MODEL_REJECTED
    assert len(recorder.sent) == 1


async def test_a_conversation_too_long_is_not_taken_for_a_refused_limit(
    make: MakeClient, recorder: Recorder, hello: ModelRequest
) -> None:
    recorder.refuse("This model's maximum context length is 8192 tokens.", param="max_tokens")
    error = await _error(make(), hello)
    assert str(error) == model_errors.TOO_LONG
    assert len(recorder.sent) == 1
