"""docs/how-to/export-and-import.md keeps its word: commands and operations run as they stand."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from resolvers.ids import Kind, encode
from tests.operations.test_export_import import CHATGPT
from tests.program import ROOT, environment, run
from tests.served import Served

PAGE = (ROOT / "docs" / "how-to" / "export-and-import.md").read_text(encoding="utf-8")
BLOCKS: dict[str, list[str]] = {
    language: re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    for language in ("sh", "graphql")
}


async def shell(script: str, folder: Path, **env: str) -> str:
    """Run a script where `parley` is a command; what it prints."""
    command = f'parley() {{ {sys.executable} -m command_line "$@"; }}\n{script}'
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", command, cwd=folder, env={**os.environ, **env},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, output.decode()
    return output.decode()


def files(folder: Path) -> list[Path]:
    """What is in a folder."""
    return sorted(folder.iterdir())


async def test_the_commands_of_the_page_work_one_after_the_other(
    parley: Served, database_url: str, tmp_path: Path
) -> None:
    alice = await parley.client()
    conversation = (await alice.conversation(name="Whales"))["id"]
    await alice.send(conversation, "Are they fish?")
    (tmp_path / "conversations.json").write_text(json.dumps(CHATGPT), encoding="utf-8")
    env = environment(database_url, CONVERSATION=conversation)
    script = "\n".join(BLOCKS["sh"]).replace("ada@example.org", alice.user.email)
    output = await shell(script, tmp_path, **env)
    assert "imported 1 conversations with 0 variants and 2 messages\n" in output
    assert "imported 1 conversations with 1 variants and 3 messages\n" in output
    assert "conversation 2: is no conversation with an id\n" in output
    assert '---\nname: "Whales"\n' in output
    assert '{"role": "user", "content": "Are they fish?"}' in output
    assert [path.name for path in files(tmp_path)] == ["ada.jsonl", "conversations.json"]


async def test_the_operations_of_the_page_work(parley: Served) -> None:
    alice, bob = await parley.client(), await parley.client()
    conversation = (await alice.conversation(name="Whales"))["id"]
    export, import_ = BLOCKS["graphql"]
    data = (await alice(export, id=conversation)).data["exportConversation"]
    report = (await bob(import_, data=data)).data["importConversations"]
    assert [one["name"] for one in report["conversations"]] == ["Whales"]


async def test_what_cannot_be_done_is_one_line(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url)
    await run("user", "add", "ada@example.org", env=env)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"type":"header","format":"parley","version":1}\n7\n', encoding="utf-8")
    user = ("--user", "ada@example.org")
    for arguments, expected in (
        (("import", str(bad), *user), "parley: Line 2: The line must be an object."),
        (("import", str(bad), "--user", "x@example.org"), "parley: There is no user with this"),
        (("import", str(tmp_path / "none"), *user), "cannot read"),
        (("export", *user, "--output", str(tmp_path / "no" / "x")), "cannot write"),
        (("export", *user, "--format", "markdown"), "name it with --conversation"),
        (("export", *user, "--conversation", "7"), "is not an id"),
        (
            ("export", *user, "--conversation", encode(Kind.CONVERSATION, UUID(int=7))),
            "nothing with",
        ),
    ):
        code, _, errors = await run(*arguments, env=env)
        problems = [line for line in errors.splitlines() if line.startswith("parley: ")]
        assert (code, len(problems)) == (1, 1), errors
        assert expected in problems[0]
        assert "Traceback" not in errors


async def test_standard_input_and_output_are_files_too(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url)
    script = """
        parley user add ada@example.org
        parley export --user ada@example.org | parley import - --user ada@example.org
    """
    assert "imported 0 conversations" in await shell(script, tmp_path, **env)
