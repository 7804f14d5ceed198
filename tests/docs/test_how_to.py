"""The how-to pages keep their word: every snippet runs, and does what the page says."""

from pathlib import Path

import pytest

from chat.records import UserRole
from db.urls import check_url
from tests.docs.pages import DOCS, Reader, blocks
from tests.scripted_model import ScriptedModel
from tests.served import Served


async def test_streaming_and_resuming(reader: Reader) -> None:
    whole, missed, polled, stopped = await reader.reads("how-to/stream-and-resume.md")
    assert whole.count('"MessageFinished"') == missed.count('"MessageFinished"') + 1
    assert '"content":"You said: Tell me a story 🎉"' in missed
    assert '"index":0' not in missed
    assert '"status":"COMPLETE"' in polled
    assert '"stopRun":{"run":{"status":"COMPLETE"}}' in stopped


async def test_retrying(reader: Reader, model: ScriptedModel) -> None:
    same, other = await reader.reads("how-to/retry-safely.md")
    assert same == ""
    assert '"code":"IDEMPOTENCY_KEY_REUSED"' in other
    assert len(model.requests) == 1


async def test_branching_and_editing(reader: Reader) -> None:
    _, branch, edit, regeneration, variants = await reader.reads("how-to/branch-and-edit.md")
    assert '"name":"food - Branch"' in branch
    assert '"systemPrompt":"Continue the conversation focusing on: food' in branch
    assert '"branchKind":"TOPIC"' in branch
    assert '"branchKind":"EDIT"' in edit
    assert '"content":"You said: Plan a week in Oslo 🎉"' in edit
    assert '"branchKind":"REGENERATION"' in regeneration
    assert variants.index("Plan a week in Rome") < variants.index("Plan a week in Oslo")
    assert '"activeVariant":{"branchKind":"REGENERATION"}' in variants


async def test_setting_budgets(parley: Served, tmp_path: Path, database_url: str) -> None:
    admin = await parley.client(role=UserRole.ADMIN)
    reader = Reader(tmp_path, admin.url, admin.token, DATABASE_URL=database_url)
    made, limited, changed = await reader.reads("how-to/set-budgets.md")
    assert '"tokensUsed":0,"tokensReserved":0,"tokenLimit":60,"tokensRemaining":60' in made
    refused, fitting = limited.strip().splitlines()
    assert '"code":"TOKEN_LIMIT_EXCEEDED"' in refused
    assert '"resetsAt":' in refused
    assert '"tokensUsed":18' in fitting
    assert '"tokenLimit":100000' in changed


def test_the_addresses_of_postgresql_are_good() -> None:
    found = [
        line.partition("DATABASE_URL=")[2]
        for text in blocks("how-to/postgresql.md", "sh")
        for line in text.splitlines()
        if "DATABASE_URL=" in line
    ]
    assert len(found) == 3
    for address in found:
        check_url(address.strip("'"))


@pytest.mark.parametrize("path", sorted((DOCS / "how-to").glob("*.md")), ids=lambda one: one.name)
def test_no_how_to_page_is_without_a_test(path: Path) -> None:
    tests = "".join(one.read_text("utf-8") for one in DOCS.parent.glob("tests/**/test_*.py"))
    assert path.name in tests
