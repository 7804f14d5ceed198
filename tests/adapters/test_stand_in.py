"""The stand-in model server, as a real process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.openai import OpenAIClient
from adapters.retries import RetryPolicy
from adapters.stand_in import main
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import Finished, ModelRequest, PromptMessage, TextPiece, UsageReport
from tests.adapters.conftest import Read

Process = asyncio.subprocess.Process

_ROOT = Path(__file__).parents[2]
_READY = "stand-in model server on "
# A parent that starts a stand-in which shall end with it, and then waits.
_PARENT = """
import os, subprocess, sys
arguments = [sys.executable, "-m", "adapters.stand_in", "--port", "0"]
subprocess.Popen([*arguments, "--parent-pid", str(os.getpid())])
sys.stdin.read()
"""
# Starts a stand-in that watches another process than its parent, and ends as it ends.
_BETWEEN = """
import subprocess, sys
arguments = [sys.executable, "-m", "adapters.stand_in", "--port", "0"]
sys.exit(subprocess.run([*arguments, "--parent-pid", sys.argv[1]]).returncode)
"""


@asynccontextmanager
async def _started(*arguments: str) -> AsyncGenerator[tuple[Process, str], None]:
    """A process and the base URL that its output names."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        assert line.startswith(_READY)
        yield process, line.removeprefix(_READY).strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _stand_in(*arguments: str) -> tuple[str, ...]:
    return "-m", "adapters.stand_in", "--port", "0", "--delay-ms", "0", *arguments


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """One server for all tests that leave it running."""
    # It watches this process, so that no run of the tests can leave it behind.
    command = [sys.executable, *_stand_in("--parent-pid", str(os.getpid()))]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603  ours
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        yield line.removeprefix(_READY).strip()
        process.terminate()


@pytest.fixture
def client(session: aiohttp.ClientSession, base_url: str) -> OpenAIClient:
    policy = RetryPolicy(most_retries=0)
    return OpenAIClient(session=session, base_url=base_url, api_key=None, retry_policy=policy)


async def _post(session: aiohttp.ClientSession, base_url: str, body: object) -> tuple[int, Any]:
    async with session.post(f"{base_url}/chat/completions", data=json.dumps(body)) as response:
        return response.status, await response.json()


async def test_its_reply_says_what_it_is_and_what_it_was_sent(
    client: OpenAIClient, read: Read, hello: ModelRequest
) -> None:
    text, *rest = await read(client, hello)
    assert text == TextPiece(
        "This is **Parley's stand-in model**: no AI is behind it.\n\n"
        "You said:\n\n> Hello\n\n"
        "I was sent 2 messages; the prompt in force is:\n\n> Be brief."
    )
    assert rest == [Finished("stop"), UsageReport(prompt_tokens=5, completion_tokens=27)]


async def test_a_stream_comes_word_by_word(session: aiohttp.ClientSession, base_url: str) -> None:
    hello = {"role": "user", "content": "Hello"}
    body = json.dumps({"model": "a-model", "messages": [hello], "stream": True})
    async with session.post(f"{base_url}/chat/completions", data=body) as response:
        lines = (await response.text()).splitlines()
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.endswith("}")]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    words = [delta["content"] for delta in deltas if delta.get("content")]
    assert words[:3] == ["This", " is", " **Parley's"]


async def test_it_answers_about_the_last_thing_said_and_cuts_a_long_quotation(
    client: OpenAIClient, read: Read, hello: ModelRequest
) -> None:
    said = tuple(PromptMessage("user", text) for text in ("first", "x" * 301))
    (piece, *_) = await read(client, replace(hello, messages=said))
    assert isinstance(piece, TextPiece)
    assert f"> {'x' * 300}…\n" in piece.text
    assert piece.text.endswith("I was sent 2 messages; no prompt.")


async def test_it_keeps_to_the_limit_of_tokens(
    client: OpenAIClient, read: Read, hello: ModelRequest
) -> None:
    events = await read(client, replace(hello, max_tokens=2))
    assert events == [TextPiece("This is"), Finished("length"), UsageReport(5, 2)]


async def test_without_stream_it_answers_in_one_piece(
    session: aiohttp.ClientSession, base_url: str
) -> None:
    messages = [{"role": "system", "content": "Be brief."}]
    status, body = await _post(session, base_url, {"model": "any", "messages": messages})
    assert (status, body["object"], body["model"]) == (200, "chat.completion", "any")
    (choice,) = body["choices"]
    assert "You said:\n\n*nothing*\n\nI was sent 1 message;" in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == 3 + body["usage"]["completion_tokens"]


async def test_usage_is_streamed_only_when_asked_for(
    session: aiohttp.ClientSession, base_url: str
) -> None:
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{base_url}/chat/completions"
    async with session.post(url, json=body) as response:
        assert response.content_type == "text/event-stream"
        text = await response.text()
    assert "usage" not in text
    assert text.endswith("data: [DONE]\n\n")


async def test_it_lists_its_models(session: aiohttp.ClientSession, base_url: str) -> None:
    async with session.get(f"{base_url}/models") as response:
        names = [model["id"] for model in (await response.json())["data"]]
    assert {"stand-in", "stand-in-slow", "stand-in-cut", "stand-in-429"} <= set(names)


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("stand-in-400", ErrorCode.MODEL_REJECTED),
        ("stand-in-401", ErrorCode.MODEL_AUTHENTICATION),
        ("stand-in-429", ErrorCode.MODEL_RATE_LIMITED),
        ("stand-in-500", ErrorCode.MODEL_UNAVAILABLE),
    ],
)
async def test_some_models_fail_on_purpose(
    client: OpenAIClient, read: Read, hello: ModelRequest, model: str, code: ErrorCode
) -> None:
    with pytest.raises(ModelError) as caught:
        await read(client, replace(hello, model=model))
    assert caught.value.code is code
    wait = 2 if code is ErrorCode.MODEL_RATE_LIMITED else None
    assert caught.value.retry_after_seconds == wait


async def test_a_cut_stream_ends_in_the_middle_of_its_text(
    client: OpenAIClient, hello: ModelRequest
) -> None:
    with pytest.raises(ModelError) as caught:
        async for _ in client.stream(replace(hello, model="stand-in-cut")):
            pass
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
    assert caught.value.answered


async def test_a_cut_answer_without_stream_never_comes(
    session: aiohttp.ClientSession, base_url: str
) -> None:
    body = {"model": "stand-in-cut", "messages": [{"role": "user", "content": "Hi"}]}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await _post(session, base_url, body)


async def test_the_slow_model_can_be_left_in_mid_stream(
    client: OpenAIClient, hello: ModelRequest
) -> None:
    events = client.stream(replace(hello, model="stand-in-slow"))
    assert await anext(events) == TextPiece("This")
    await events.aclose()


_VALID = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({"messages": _VALID["messages"]}, "model"),
        (_VALID | {"messages": []}, "messages"),
        (_VALID | {"messages": ["Hi"]}, "messages[0].role"),
        (_VALID | {"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        (_VALID | {"temperature": 3}, "temperature"),
        (_VALID | {"max_tokens": 0}, "max_tokens"),
        (_VALID | {"max_completion_tokens": True}, "max_completion_tokens"),
        (_VALID | {"stream": "yes"}, "stream"),
        (_VALID | {"stream_options": {"include_usage": True}}, "stream_options"),
    ],
)
async def test_an_invalid_body_gets_an_error_in_the_shape_of_openai(
    session: aiohttp.ClientSession, base_url: str, body: object, param: str | None
) -> None:
    status, answer = await _post(session, base_url, body)
    assert status == 400
    assert answer["error"].keys() == {"message", "type", "param", "code"}
    assert (answer["error"]["type"], answer["error"]["param"]) == ("invalid_request_error", param)


async def test_a_body_that_is_no_json_gets_one_too(
    session: aiohttp.ClientSession, base_url: str
) -> None:
    async with session.post(f"{base_url}/chat/completions", data=b"{") as response:
        assert response.status == 400
        assert "JSON" in (await response.json())["error"]["message"]


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (signal.SIGTERM, ()),
        (signal.SIGINT, ("--parent-pid", str(os.getpid()))),
        (signal.SIGTERM, ("--parent-pid", "1")),
    ],
)
async def test_a_signal_ends_it_well_even_in_mid_stream(
    session: aiohttp.ClientSession,
    hello: ModelRequest,
    number: signal.Signals,
    arguments: tuple[str, ...],
) -> None:
    async with AsyncExitStack() as stack:
        process, base_url = await stack.enter_async_context(_started(*_stand_in(*arguments)))
        client = OpenAIClient(session=session, base_url=base_url, api_key=None)
        events = client.stream(replace(hello, model="stand-in-slow"))
        stack.push_async_callback(events.aclose)
        await anext(events)
        process.send_signal(number)
        assert await process.wait() == 0


async def test_it_ends_when_its_parent_is_gone() -> None:
    async with _started("-c", _PARENT) as (parent, _):
        parent.kill()
        assert parent.stdout is not None
        # The stand-in has inherited this pipe: its end is the end of the stand-in.
        assert await parent.stdout.read() == b""


async def test_it_ends_when_a_process_that_is_not_its_parent_is_gone() -> None:
    async with AsyncExitStack() as stack:
        watched = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
        )
        started = _started("-c", _BETWEEN, str(watched.pid))
        between, _ = await stack.enter_async_context(started)
        watched.kill()
        await watched.wait()
        assert await between.wait() == 0


def test_without_a_port_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--port" in capsys.readouterr().err
