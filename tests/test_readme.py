"""README.md keeps its word: its snippets run, and its table is the settings."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings
from tests.served import Served

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    """The code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


async def run(command: list[str], parley: Served, token: str) -> str:
    """Run a command as a reader would, and return what it prints."""
    env = {**os.environ, "PARLEY": parley.url, "TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    return output.decode()


def test_the_table_of_settings_says_what_the_settings_say() -> None:
    known = {
        f"| `{name}` | {f'`{default}`' if default else ''} | {description} |"
        for name, default, description in Settings.variables()
    }
    section = README.partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `.*$", section, re.MULTILINE)
    assert len(rows) > 5
    assert set(rows) <= known


async def test_the_first_conversation_by_curl_works(parley: Served) -> None:
    alice = await parley.client()
    script = next(text for text in snippets("sh") if text.startswith("# The part"))
    output = await run(["bash", "-euc", script], parley, alice.token)
    assert output.count("You said: Hello! 🎉") == 3
    assert "customer support agent" in output
    assert "errors" not in output
    assert len(set(re.findall(r'"id":"(message_[^"]*)"', output))) == 1


async def test_the_python_snippet_works(parley: Served) -> None:
    alice = await parley.client()
    [script] = snippets("python")
    output = await run([sys.executable, "-c", script], parley, alice.token)
    assert output == "You said: Hello! 🎉 18\nYou said: And again? 🎉\n"


async def test_the_graphiql_snippet_works(parley: Served) -> None:
    alice = await parley.client()
    [query] = snippets("graphql")
    assert (await alice(query)).data["sendMessage"]["tokensUsed"] == 18


async def test_the_whole_way_by_curl_works(parley: Served) -> None:
    alice = await parley.client()
    link = f"{parley.url}/?token={alice.token}"
    script = str(ROOT / "examples" / "first_conversation.sh")
    output = await run(["bash", script, link], parley, alice.token)
    assert output.endswith("== All is well.\n")


async def test_the_stream_example_prints_the_reply_as_it_grows(parley: Served) -> None:
    alice = await parley.client()
    script = str(ROOT / "examples" / "python_stream.py")
    output = await run([sys.executable, script, "Hello there"], parley, alice.token)
    assert output == "You said: Hello there 🎉\n[COMPLETE]\n"


@pytest.mark.parametrize(
    "name", [name for name in re.findall(r"\]\(([^)]+)\)", README) if "://" not in name]
)
def test_what_the_readme_points_to_is_there(name: str) -> None:
    assert (ROOT / name).exists()
