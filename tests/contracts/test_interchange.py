"""Export and import on a database: nothing that can be shown is lost, and a repeat adds nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from io import BytesIO
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.drafts import (
    BranchDraft,
    ConversationChanges,
    ConversationDraft,
    EditedMessage,
    RegeneratedReply,
    RunTarget,
)
from chat.errors import ConversationBusyError, MalformedImportError, NotFoundError
from chat.identifiers import uuid7
from chat.interchange import reading
from chat.interchange.documents import TextFormat
from chat.interchange.exporting import parents_first
from chat.interchange.fields import Fields
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
from db.database import Database
from db.users import SqlUserStore
from tests.chat.interchange.lines import (
    EDIT,
    ROOT,
    TOPIC,
    conversation,
    family,
    file,
    source_last,
    variant,
)
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
        content = await grove.account.exported()
        await comes_out_the_same(grove.account, content)
        await adds_nothing(grove.account, content)

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


async def comes_out_the_same(account: Account, content: bytes) -> None:
    """Import into a fresh account, compare, import again, and delete everything."""
    other = await account.other()
    report = await other.imports.own(other.user_id, BytesIO(content))
    assert report.skipped == []
    assert await other.content() == await account.content()
    rows = await other.rows()
    assert rows[-1] == 0, "an import spends nothing"
    await adds_nothing(other, content)
    assert await other.rows() == rows
    while remaining := await other.conversations():
        await Grove(other.database, await other.user()).delete(remaining[0].next_index)
    assert await other.rows() == [0] * 5


async def adds_nothing(account: Account, content: bytes) -> None:
    """Import where everything is already."""
    before = await account.rows()
    report = await account.imports.own(account.user_id, BytesIO(content))
    assert (report.conversations, report.variants, report.messages) == ([], 0, 0)
    assert {one.reason for one in report.skipped} <= {"is here already"}
    assert await account.rows() == before


@pytest.fixture
async def grove(database_url: str) -> AsyncIterator[Grove]:
    """An account on a fresh database."""
    async with staged(database_url) as stage:
        yield Grove(stage.database, stage.user)


async def test_one_conversation_is_exported_with_all_that_hangs_together_with_it(
    grove: Grove,
) -> None:
    await grove.start("P")
    await grove.ask(0, 0, RunStatus.COMPLETE)
    await grove.branch(0, 1, "Q")
    await grove.start(None)
    root, branch, alone = await grove.account.conversations()
    exports = grove.account.exports
    files = [await exports.text(grove.user.id, one.id) for one in (root, branch, alone)]
    assert [file.count('"type":"conversation"') for file in files] == [2, 2, 1]
    assert files[0].splitlines()[1:] == files[1].splitlines()[1:]
    other = await grove.account.other()
    report = await other.imports.own(other.user_id, BytesIO(files[1].encode()))
    assert (len(report.conversations), report.variants, report.messages) == (2, 0, 4)


async def test_a_family_of_which_something_is_here_is_left_alone(grove: Grove) -> None:
    await grove.start(None)
    await grove.branch(0, 0, None)
    content = await grove.account.exported()
    root, _ = await grove.account.conversations()
    await grove.conversations.delete(grove.user.id, root.id)
    report = await grove.account.imports.own(grove.user.id, BytesIO(content))
    assert [(one.position, one.reason) for one in report.skipped] == [
        (2, "a branch or variant of the same family is here already"),
        (3, "is here already"),
    ]


async def test_of_two_imports_at_once_one_adds_and_the_other_skips(grove: Grove) -> None:
    await grove.start("P")
    content = await grove.account.exported()
    other = await grove.account.other()
    reports = await asyncio.gather(
        *(other.imports.own(other.user_id, BytesIO(content)) for _ in range(3))
    )
    assert sorted(len(report.conversations) for report in reports) == [0, 0, 1]
    assert (await other.rows())[0] == 1


async def test_a_malformed_file_changes_nothing(grove: Grove) -> None:
    for _ in range(3):
        await grove.start("P")
    lines = (await grove.account.exported()).splitlines(keepends=True)
    other = await grove.account.other()
    lines[6] = lines[6].replace(b'"P"', b"7")
    with pytest.raises(MalformedImportError, match="Line 7: content must be text"):
        await other.imports.own(other.user_id, BytesIO(b"".join(lines)))
    assert await other.rows() == [0] * 5


@pytest.mark.parametrize("form", [None, TextFormat.MARKDOWN])
async def test_what_is_deleted_while_it_is_exported_makes_the_export_fail(
    grove: Grove, form: TextFormat | None
) -> None:
    await grove.start("P")
    [one] = await grove.account.conversations()
    parts = grove.account.exports.conversation(grove.user.id, one.id, form)
    head = [await anext(parts) for _ in range(1 if form else 2)]
    assert head
    await grove.conversations.delete(grove.user.id, one.id)
    with pytest.raises(NotFoundError):
        await anext(parts)


async def test_an_account_of_many_conversations_is_exported_whole_and_in_order(
    grove: Grove,
) -> None:
    for number in range(450):
        await grove.conversations.create(
            grove.user.id, ConversationDraft(f"{number}", "m"), now=NOW
        )
    await grove.branch(0, 0, None)
    content = await grove.account.exported()
    other = await grove.account.other()
    report = await other.imports.own(other.user_id, BytesIO(content))
    assert len(report.conversations) == 451
    assert await other.content() == await grove.account.content()


async def test_what_is_not_refused_can_be_stored(database_url: str) -> None:
    loop = asyncio.get_running_loop()
    async with staged(database_url) as stage:
        account = Account(stage.database, stage.user.id)

        async def read(content: BytesIO) -> None:
            other = await account.other()
            with suppress(MalformedImportError):
                await other.imports.own(other.user_id, content)
                await other.content()

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.data())
        def examples(data: st.DataObject) -> None:
            lines = family()
            for _ in range(data.draw(st.integers(1, 2))):
                line = data.draw(st.sampled_from(lines[1:-1]))
                values = st.none() | st.integers(0, 5) | st.sampled_from([ROOT, EDIT, TOPIC])
                line[data.draw(st.sampled_from(sorted(set(line) - {"type"})))] = data.draw(values)
            asyncio.run_coroutine_threadsafe(read(file(lines)), loop).result()

        await asyncio.to_thread(examples)


async def test_a_reply_finds_its_question_in_a_conversation_that_comes_later(
    grove: Grove,
) -> None:
    report = await grove.account.imports.own(grove.user.id, file(source_last()))
    assert len(report.conversations) == 2
    [run] = await grove.database.rows(
        "SELECT m.content FROM runs r JOIN messages m ON m.id = r.user_message_id"
    )
    assert run["content"] == "text 0"


async def test_a_reply_that_was_being_written_is_interrupted(grove: Grove) -> None:
    await grove.start(None)
    await grove.ask(0, 0, None)
    other = await grove.account.other()
    await other.imports.own(other.user_id, BytesIO(await grove.account.exported()))
    [one] = await other.conversations()
    assert one.active_run_id is None
    assert one.updated_at > NOW, "an import is a use, so nothing is deleted for its age"
    runs = await other.database.rows(
        "SELECT status, finished_at, lease_owner FROM runs WHERE user_id = :id", id=other.user_id
    )
    assert [(run["status"], run["lease_owner"]) for run in runs] == [("INTERRUPTED", None)]
    assert runs[0]["finished_at"] is not None


def test_parents_come_first_whatever_the_clocks_said() -> None:
    user = uuid7()
    old, young = sorted([uuid7(), uuid7()])
    kept = [
        reading.conversation(Fields(conversation(str(young))), user),
        reading.conversation(Fields(variant(str(old), parent=str(young), root=str(young))), user),
    ]
    assert [one.conversation.id for one in parents_first(kept)] == [young, old]
