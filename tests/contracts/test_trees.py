"""Random trees of sends, branches, prompts and deletes, against a plain in-memory model.

After every step each path, random pages of it, and the window that the next send would carry are
compared with lists of texts that were simply copied at every fork.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat import history
from chat.drafts import (
    BranchDraft,
    ConversationChanges,
    ConversationDraft,
    ConversationFilter,
    Lease,
    NewMessage,
    OpenedRun,
    RunDraft,
    RunOutcome,
)
from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.paging import IndexWindow, KeysetRange, PageSize, index_range
from chat.records import Conversation, Message, Role, RunStatus, User, UserRole
from db.conversations import SqlConversationStore
from db.database import Database
from db.messages import SqlMessageStore
from db.runs import SqlRunStore
from db.users import SqlUserStore

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HISTORY = HistoryLimits(messages=5, tokens=10_000)
EVERYTHING = KeysetRange(None, None, 1000, from_end=False)
# Behind and before which index, those that no conversation reaches among them.
WINDOWS = ((None, None), (0, None), (None, 2), (1, 4), (9_999_999_999, None), (None, 9_999_999_999))


@dataclass
class PlainConversation:
    """A conversation as a list: (role, text, whether the model is sent it)."""

    id: UUID
    prompt: str | None = None
    messages: list[tuple[Role, str, bool]] = field(default_factory=list)

    def window(self, newest: str) -> list[str]:
        """What is sent: the last five that count, the new one among them."""
        sent = [text for role, text, counts in self.messages if counts and role is not Role.SYSTEM]
        return [*sent, newest][-HISTORY.messages :]


class Tree:
    """The stores under test and the plain model side by side."""

    def __init__(self, database: Database, user_id: UUID) -> None:
        """Start with nothing."""
        self.conversations = SqlConversationStore(database)
        self.messages = SqlMessageStore(database)
        self.runs = SqlRunStore(database)
        self.database = database
        self.user_id = user_id
        self.plain: list[PlainConversation] = []
        self.count = 0

    async def start(self, prompt: str | None) -> None:
        """A new conversation."""
        draft = ConversationDraft("tree", "m", system_prompt=prompt)
        made, _ = await self.conversations.create(self.user_id, draft, now=NOW)
        messages = [(Role.SYSTEM, prompt, False)] if prompt else []
        self.plain.append(PlainConversation(made.id, prompt, messages))

    async def send(self, place: int, status: RunStatus) -> None:
        """A turn, whose reply ends in `status`; failed replies have text that is never sent."""
        plain = self.at(place)
        if plain is None:
            return
        self.count += 1
        said, reply = f"said {self.count}", f"reply {self.count}"
        opened = await self.runs.open(self.draft(plain, said))
        prompt = history.prompt(opened.conversation.system_prompt, opened.window)
        expected = [plain.prompt] if plain.prompt else []
        assert [one.content for one in prompt] == [*expected, *plain.window(said)]
        await self.settle(opened, reply, status)
        plain.messages += [
            (Role.USER, said, True),
            (Role.ASSISTANT, reply, status is not RunStatus.FAILED),
        ]

    async def settle(self, opened: OpenedRun, text: str, status: RunStatus) -> None:
        """End the run."""
        outcome = RunOutcome(owner="tree", status=status, text=text, finished_at=NOW)
        assert await self.runs.settle(opened.run.id, outcome) is not None

    def draft(self, plain: PlainConversation, said: str) -> RunDraft:
        """A send."""
        return RunDraft(
            user_id=self.user_id,
            target=NewMessage(plain.id, ConversationDraft("unused", "m"), said),
            model=None,
            temperature=None,
            max_tokens=None,
            idempotency_key=None,
            fingerprint="",
            allowed_models=frozenset({"m"}),
            default_max_tokens=10,
            token_limit=None,
            history=HISTORY,
            lease=Lease("tree", 15),
            now=NOW,
        )

    async def branch(self, place: int, at: int, prompt: str | None) -> None:
        """A fork behind some message, or at the end."""
        plain = self.at(place)
        if plain is None:
            return
        fork = at % (len(plain.messages) + 1)
        message_id = None
        if 0 < fork < len(plain.messages):
            wanted = (plain.id, fork - 1, fork)
            message_id = (await self.messages.ranges(self.user_id, [wanted]))[wanted][0].id
        else:
            fork = len(plain.messages)
        draft = BranchDraft(message_id, name="b", system_prompt=prompt, model=None)
        made = await self.conversations.branch(self.user_id, plain.id, draft, now=NOW)
        shared = plain.messages[:fork]
        prompts = [text for role, text, _ in shared if role is Role.SYSTEM]
        inherited = (prompts[-1] or None) if prompts else None
        new = PlainConversation(made.id, inherited, list(shared))
        if prompt is not None and prompt != inherited:
            new.prompt = prompt
            new.messages.append((Role.SYSTEM, prompt, False))
        self.plain.append(new)

    async def set_prompt(self, place: int, prompt: str | None) -> None:
        """A new prompt."""
        plain = self.at(place)
        if plain is None:
            return
        changes = ConversationChanges({"system_prompt": prompt})
        assert await self.conversations.update(self.user_id, plain.id, changes, now=NOW)
        if prompt != plain.prompt:
            plain.prompt = prompt
            plain.messages.append((Role.SYSTEM, prompt or "", False))

    async def delete(self, place: int) -> None:
        """A conversation goes; the others stay as they were."""
        plain = self.at(place)
        if plain is not None:
            assert await self.conversations.delete(self.user_id, plain.id) == [plain.id]
            self.plain.remove(plain)

    def at(self, place: int) -> PlainConversation | None:
        """Some conversation that is there."""
        return self.plain[place % len(self.plain)] if self.plain else None

    async def check(self) -> None:
        """Every path and a page of each are what the plain lists say, and nothing is left over."""
        wanted = [(plain.id, 0, len(plain.messages) + 5) for plain in self.plain]
        pages = [(plain.id, n % 4, n % 4 + 3) for n, plain in enumerate(self.plain)]
        found = await self.messages.ranges(self.user_id, [*wanted, *pages])
        for plain, whole, page in zip(self.plain, wanted, pages, strict=True):
            texts = [text for _, text, _ in plain.messages]
            assert [one.content for one in found[whole]] == texts
            assert [one.index for one in found[whole]] == list(range(len(texts)))
            assert [one.content for one in found[page]] == texts[page[1] : page[2]]
        whole_paths = [found[one] for one in wanted]
        listed = await self.conversations.page(self.user_id, ConversationFilter(), EVERYTHING)
        await self._check_together(whole_paths, listed)
        assert {one.id for one in listed} == {plain.id for plain in self.plain}
        assert {one.id: one.next_index for one in listed} == {
            plain.id: len(plain.messages) for plain in self.plain
        }
        rows = await self.database.rows("SELECT content FROM messages")
        shown = {text for plain in self.plain for _, text, _ in plain.messages}
        assert {row["content"] for row in rows} == shown

    async def _check_together(
        self, paths: list[list[Message]], listed: Sequence[Conversation]
    ) -> None:
        """What is read by one statement is what several read."""
        records = {one.id: one for one in listed}
        for number, (plain, path) in enumerate(zip(self.plain, paths, strict=True)):
            size = PageSize(number % 3 + 1, from_end=number % 2 == 0)
            after, before = WINDOWS[number % len(WINDOWS)]
            window = IndexWindow(size, after, before)
            place = index_range(window, total=len(path))
            found = await self.conversations.with_messages(self.user_id, plain.id, window)
            assert found == (records[plain.id], path[place.start : place.stop])
            assert await self.conversations.with_messages(uuid7(), plain.id, window) is None
        last = {
            plain.id: path[-1] if path else None
            for plain, path in zip(self.plain, paths, strict=True)
        }
        assert await self.conversations.page_with_last_messages(
            self.user_id, ConversationFilter(), EVERYTHING
        ) == [(one, last[one.id]) for one in listed]


PROMPTS = st.sampled_from([None, "P1", "P2"])
ENDINGS = st.sampled_from([RunStatus.COMPLETE, RunStatus.STOPPED, RunStatus.FAILED])
PLACES = st.integers(0, 50)
Step = Callable[[Tree], Coroutine[object, object, None]]
STEPS: st.SearchStrategy[Step] = st.one_of(
    PROMPTS.map(lambda prompt: lambda tree: tree.start(prompt)),
    st.tuples(PLACES, ENDINGS).map(lambda args: lambda tree: tree.send(*args)),
    st.tuples(PLACES, ENDINGS).map(lambda args: lambda tree: tree.send(*args)),
    st.tuples(PLACES, PLACES, PROMPTS).map(lambda args: lambda tree: tree.branch(*args)),
    st.tuples(PLACES, PROMPTS).map(lambda args: lambda tree: tree.set_prompt(*args)),
    PLACES.map(lambda place: lambda tree: tree.delete(place)),
)


async def test_every_path_page_and_window_is_that_of_plain_lists(database_url: str) -> None:
    loop = asyncio.get_running_loop()
    database = await Database.open(database_url)

    async def play(steps: list[Step]) -> None:
        user = User(uuid7(), "T", f"{uuid7()}@x", UserRole.MEMBER, None, NOW)
        await SqlUserStore(database).add_user(user)
        tree = Tree(database, user.id)
        await tree.start(None)
        for step in steps:
            await step(tree)
            await tree.check()
        while tree.plain:
            await tree.delete(0)
            await tree.check()
        assert await database.rows("SELECT id FROM segments") == []
        assert await database.rows("SELECT id FROM runs") == []

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(STEPS, max_size=25))
    def examples(steps: list[Step]) -> None:
        asyncio.run_coroutine_threadsafe(play(steps), loop).result()

    try:
        await asyncio.to_thread(examples)
    finally:
        await database.close()
