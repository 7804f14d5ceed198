"""Export and import on a database: nothing that can be shown is lost, and a repeat adds nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from io import BytesIO
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.drafts import (
    BranchDraft,
    ConversationChanges,
    EditedMessage,
    NewMessage,
    RegeneratedReply,
    RunTarget,
)
from chat.errors import ConversationBusyError, MalformedImportError, NotFoundError
from chat.identifiers import uuid7
from chat.interchange import exporting
from chat.interchange.documents import TextFormat
from chat.records import (
    Conversation,
    Message,
    MessageError,
    Role,
    RunStatus,
    UsageSource,
    User,
    UserRole,
)
from db.database import Database, Transaction
from db.users import SqlUserStore
from tests.contracts.account import Account
from tests.contracts.stage import NOW, Stage, staged


class Grove(Stage):
    """An account in which random things are done."""

    count = 0

    @property
    def account(self) -> Account:
        """The account."""
        return Account(self.database, self.user.id)

    async def at(self, place: int) -> Conversation | None:
        """Some conversation, be it a branch or a variant."""
        found = await self.account.conversations()
        return found[place % len(found)] if found else None

    async def messages_of(self, one: Conversation) -> list[Message]:
        """Its path."""
        wanted = (one.id, 0, one.next_index)
        return (await self.messages.ranges(self.user.id, [wanted]))[wanted]

    async def start(self, prompt: str | None) -> None:
        """A new conversation."""
        await self.conversation(prompt)

    async def ask(self, place: int, at: int, status: RunStatus | None) -> None:
        """A turn: a message at the end, an edit or a regeneration; None leaves it open."""
        one = await self.at(place)
        if one is None or one.active_run_id is not None:
            return
        self.count += 1
        path = await self.messages_of(one)
        target: RunTarget = self.draft(one.id, f"said {self.count}").target
        message = path[at % len(path)] if path else None
        if at % 3 and message is not None and message.role is not Role.SYSTEM:
            edited = EditedMessage(message.id, f"edited {self.count}")
            target = edited if message.role is Role.USER else RegeneratedReply(message.id)
        changes = {
            "temperature": 0.5,
            "max_tokens": 77,
            "allowed_models": frozenset({"m", "other"}),
        }
        try:
            opened = await self.open(one.id, target=target, **changes)
        except ConversationBusyError:  # where another reply of the family is being written
            return
        if status is not None:
            await self.end(opened.run.id, status)

    async def end(self, run_id: UUID, status: RunStatus) -> None:
        """End a run with tokens, and with an error if it failed."""
        error = MessageError("MODEL_TIMEOUT", "Too slow.", retryable=True, retry_after_seconds=1.5)
        outcome = self.outcome(
            status,
            text=f"reply {self.count}",
            first_token_at=NOW,
            prompt_tokens=3,
            completion_tokens=self.count,
            usage_source=UsageSource.PROVIDER,
            finish_reason="stop",
            error=error if status is RunStatus.FAILED else None,
        )
        assert await self.runs.settle(run_id, outcome) is not None

    async def branch(self, place: int, at: int, prompt: str | None) -> None:
        """A fork behind some message that is final, or at the end."""
        one = await self.at(place)
        if one is None:
            return
        final = [message.id for message in await self.messages_of(one) if message.status.final]
        message_id = final[at % len(final)] if final and one.active_run_id is None else None
        draft = BranchDraft(message_id, name="branch", system_prompt=prompt, model="other")
        await self.conversations.branch(self.user.id, one.id, draft, now=NOW)

    async def change(self, place: int, prompt: str | None) -> None:
        """A new prompt, and into the archive or out of it."""
        one = await self.at(place)
        if one is not None:
            changes = ConversationChanges({"system_prompt": prompt}, archived=prompt is None)
            await self.conversations.update(self.user.id, one.id, changes, now=NOW)

    async def delete(self, place: int) -> None:
        """Some conversation goes."""
        one = await self.at(place)
        if one is not None:
            await self.conversations.delete(self.user.id, one.id)


PROMPTS = st.sampled_from([None, "P1", "P2"])
ENDINGS = st.sampled_from([RunStatus.COMPLETE, RunStatus.STOPPED, RunStatus.FAILED, None])
PLACES = st.integers(0, 50)
Step = Callable[[Grove], Coroutine[object, object, None]]
STEPS: st.SearchStrategy[Step] = st.one_of(
    PROMPTS.map(lambda prompt: lambda grove: grove.start(prompt)),
    st.tuples(PLACES, PLACES, ENDINGS).map(lambda args: lambda grove: grove.ask(*args)),
    st.tuples(PLACES, PLACES, ENDINGS).map(lambda args: lambda grove: grove.ask(*args)),
    st.tuples(PLACES, PLACES, PROMPTS).map(lambda args: lambda grove: grove.branch(*args)),
    st.tuples(PLACES, PROMPTS).map(lambda args: lambda grove: grove.change(*args)),
    PLACES.map(lambda place: lambda grove: grove.delete(place)),
)


async def test_every_account_comes_out_of_an_import_as_it_went_into_the_export(
    database_url: str,
) -> None:
    loop = asyncio.get_running_loop()
    database = await Database.open(database_url)

    async def play(steps: list[Step]) -> None:
        user = User(uuid7(), "T", f"{uuid7()}@x", UserRole.MEMBER, None, NOW)
        await SqlUserStore(database).add_user(user)
        grove = Grove(database, user)
        await grove.start(None)
        for step in steps:
            await step(grove)
        file = await grove.account.exported()
        await comes_out_the_same(grove.account, file)
        await adds_nothing(grove.account, file)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(STEPS, max_size=20))
    def examples(steps: list[Step]) -> None:
        asyncio.run_coroutine_threadsafe(play(steps), loop).result()

    try:
        await asyncio.to_thread(examples)
    finally:
        await database.close()


async def comes_out_the_same(account: Account, file: bytes) -> None:
    """Import into a fresh account, compare, import again, and delete everything."""
    other = await account.other()
    report = await other.imports.own(other.user_id, BytesIO(file))
    assert report.skipped == []
    assert await other.content() == await account.content()
    rows = await other.rows()
    assert rows[-1] == 0, "an import spends nothing"
    await adds_nothing(other, file)
    assert await other.rows() == rows
    while remaining := await other.conversations():
        await Grove(other.database, await other.user()).delete(remaining[0].next_index)
    assert await other.rows() == [0] * 5


async def adds_nothing(account: Account, file: bytes) -> None:
    """Import where everything is already."""
    before = await account.rows()
    report = await account.imports.own(account.user_id, BytesIO(file))
    assert (report.conversations, report.variants, report.messages) == ([], 0, 0)
    assert {one.reason for one in report.skipped} <= {"is here already"}
    assert await account.rows() == before


@pytest.fixture
async def grove(database_url: str) -> AsyncIterator[Grove]:
    """An account on a fresh database."""
    async with staged(database_url) as stage:
        yield Grove(stage.database, stage.user)
