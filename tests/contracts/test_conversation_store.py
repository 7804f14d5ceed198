"""What every conversation store promises beyond paths and lists."""

from collections.abc import AsyncIterator

import pytest

from chat.drafts import BranchDraft, Checkpoint, Lease, LeaseState
from chat.identifiers import uuid7
from chat.records import RunStatus
from db.database import Transaction
from tests.contracts.stage import NOW, OWNER, Stage, staged


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


async def test_deleting_books_what_a_run_that_is_cut_off_had_used(stage: Stage) -> None:
    conversation = await stage.conversation()
    opened = await stage.open(conversation)
    checkpoint = Checkpoint(Lease(OWNER, 15), text="12345678")
    await stage.runs.checkpoint(opened.run.id, checkpoint)
    assert await stage.conversations.delete(stage.user.id, conversation) == [conversation]
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert (usage.used, usage.reserved) == (opened.run.prompt_tokens + 2, 0)
    assert await stage.runs.settle(opened.run.id, stage.outcome()) is None
    assert await stage.runs.checkpoint(opened.run.id, checkpoint) is LeaseState.LOST
    assert await stage.users.usage(stage.user.id, "2026-11") == usage


async def test_deleting_what_is_not_there_or_not_ones_own_deletes_nothing(stage: Stage) -> None:
    conversation = await stage.conversation()
    assert await stage.conversations.delete(stage.user.id, uuid7()) is None
    assert await stage.conversations.delete(uuid7(), conversation) is None
    assert conversation in await stage.conversations.by_id(stage.user.id, [conversation])


async def test_runs_go_with_the_messages_that_a_branch_inherits(stage: Stage) -> None:
    parent = await stage.conversation()
    kept = await stage.open(parent, idempotency_key="kept")
    await stage.runs.settle(kept.run.id, stage.outcome())
    draft = BranchDraft(None, "B", None, None)
    branch = await stage.conversations.branch(stage.user.id, parent, draft, now=NOW)
    lost = await stage.open(parent, idempotency_key="lost")
    await stage.runs.settle(lost.run.id, stage.outcome())
    await stage.conversations.delete(stage.user.id, parent)
    runs = await stage.runs.by_id(stage.user.id, [kept.run.id, lost.run.id])
    assert [(run.id, run.conversation_id) for run in runs.values()] == [(kept.run.id, branch.id)]
    again = await stage.open(parent, idempotency_key="kept")
    assert (again.repeated, again.reply.id) == (True, kept.reply.id)
    assert again.reply.conversation_id == branch.id


async def test_a_variant_goes_with_its_root_and_its_branches_stay(stage: Stage) -> None:
    root = await stage.conversation()
    opened = await stage.open(root)
    await stage.runs.settle(opened.run.id, stage.outcome(RunStatus.COMPLETE))
    draft = BranchDraft(None, "V", None, None)
    variant = await stage.conversations.branch(stage.user.id, root, draft, now=NOW)
    branch = await stage.conversations.branch(stage.user.id, variant.id, draft, now=NOW)

    async def make_it_a_variant(transaction: Transaction) -> None:
        await transaction.rows(
            "UPDATE conversations SET root_id = :root, branch_kind = 'EDIT' WHERE id = :id",
            root=root,
            id=variant.id,
        )

    await stage.database.write(make_it_a_variant)
    assert set(await stage.conversations.delete(stage.user.id, root) or ()) == {root, variant.id}
    wanted = (branch.id, 0, 10)
    path = (await stage.messages.ranges(stage.user.id, [wanted]))[wanted]
    assert [message.index for message in path] == [0, 1]
    assert {message.conversation_id for message in path} == {branch.id}
