"""docs/tutorial.md keeps its word: somebody who types it sees what it says."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Reader, blocks


@pytest.fixture
async def link(tmp_path: Path) -> AsyncIterator[str]:
    """The link that `make demo` prints."""
    [demo] = re.findall(
        r"^demo:.*\n\t@exec \.venv/bin/(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    program, *arguments = demo.split()
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).parent / program, *arguments),
        cwd=tmp_path,
        env={**os.environ, "PARLEY_PORT": "0"},
        stdout=PIPE,
    )
    assert process.stdout is not None
    try:
        printed = [(await process.stdout.readline()).decode() for _ in range(2)]
        assert printed[0].startswith("No AI here: stand-in model server on http://127.0.0.1:")
        assert printed[1].startswith("Parley is ready: ")
        yield printed[1].split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()


def strings(printed: str, name: str) -> list[str]:
    """The strings of that name in what was printed, in their order."""
    found = re.findall(rf'"{name}":("(?:[^"\\]|\\.)*")', printed)
    return [json.loads(text) for text in found]


async def test_the_tutorial_can_be_typed(link: str, tmp_path: Path) -> None:
    address, _, token = link.partition("/?token=")
    reader = Reader(tmp_path, address, token)
    first, *others = blocks("tutorial.md", "sh")
    # The reader puts the printed address and token in place of those on the page.
    assert first.startswith("export PARLEY=http://127.0.0.1:8000 TOKEN=parley_…\n")
    [script] = blocks("tutorial.md", "python")
    (tmp_path / "chat.py").write_text(script, encoding="utf-8")
    typed = [first.partition("\n")[2], *others]
    who, said, grown, branched, budget, chat = await reader.types(*typed)

    signed_in, branch = blocks("tutorial.md", "json")
    assert who == signed_in
    assert '"userMessage":{"index":1},"reply":{"index":2' in said
    assert "\n> Where is my parcel?\n" in strings(said, "content")[0]
    assert '"reply":{"index":4,"status":"STREAMING"}' in grown
    assert grown.count('"MessageDelta"') > 10
    # The message that was sent, and its reply.
    assert grown.count('"MessageFinished"') == 1
    assert "I was sent 4 messages" in strings(branched, "content")[0]
    assert branched.endswith(branch)

    used, refused, usage = budget.strip().splitlines()[-3:]
    assert '"tokensUsed":' in used
    assert strings(refused, "code") == ["TOKEN_LIMIT_EXCEEDED"]
    assert '"tokenLimit":60' in usage
    assert "> What is a branch?" in chat
    assert "I was sent 3 messages" in chat
