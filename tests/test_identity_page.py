"""docs/identity.md keeps its word: its settings are good, its snippet runs, its table is true."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat.permissions import Right, may
from chat.records import UserRole
from settings import Settings
from tests.conftest import StartParley

PAGE = (Path(__file__).parent.parent / "docs" / "identity.md").read_text(encoding="utf-8")


def settings_of(number: int) -> dict[str, str]:
    """The variables that a shell snippet sets."""
    snippets = [
        text for text in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "export" in text
    ]
    return dict(re.findall(r"export (\w+)=(\S+)", snippets[number]))


@pytest.mark.parametrize("number", [0, 1])
def test_the_settings_on_the_page_are_good(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings_of(number).items():
        monkeypatch.setenv(name, value)
    issuer = Settings().trusted_issuer
    assert issuer is not None
    assert issuer.algorithms == (("HS256",), ("RS256",))[number]


async def test_the_program_on_the_page_signs_in(start_parley: StartParley) -> None:
    [script] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    given = settings_of(0)
    changes = {name.removeprefix("PARLEY_").lower(): value for name, value in given.items()}
    async with start_parley(**changes) as parley:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script),
            env={**os.environ, **given, "PARLEY": parley.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert output.decode() == "{'name': 'Ada', 'email': 'ada@example.org', 'role': 'MEMBER'}\n"


def test_the_table_of_rights_is_that_of_the_program() -> None:
    shown = re.findall(r"^\| `([A-Z_]+)` \| (yes|no) \| (yes|no) \|", PAGE, re.MULTILINE)
    assert [(right.value, *(_word(role, right) for role in UserRole)) for right in Right] == shown


def _word(role: UserRole, right: Right) -> str:
    return "yes" if may(role, right) else "no"
