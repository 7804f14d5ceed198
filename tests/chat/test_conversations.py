"""Making, changing, forking and deleting conversations."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import checks
from chat.conversations import (
    Conversations,
    NewBranch,
    NewConversation,
    branch_name,
    name_after,
    topic_prompt,
)
from chat.drafts import BranchDraft, ConversationChanges, ConversationDraft
from chat.errors import BadUserInputError, NotFoundError
from chat.events import ConversationDeleted, MessageAdded, MessageFinished
from chat.identifiers import uuid7
from chat.options import Options
from chat.prompts import PromptPresets
from chat.records import Role
from tests.chat.examples import NOW, a_conversation, a_message, a_user
from tests.chat.fake_stores import FakeConversations, Tables
from tests.chat.fakes import ManualClock, RecordingBus

OPTIONS = Options(default_model="small", other_models=("large",))
TOO_LONG = "n" * 201


class Stopper:
    """Stands in for the engine: remembers whose runs were stopped, if they were there still."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.stopped: list[UUID] = []
        self.there: list[bool] = []

    async def stop_in(self, conversation_id: UUID) -> None:
        self.there.append(conversation_id in self._tables.conversations)
        self.stopped.append(conversation_id)


class Scene:
    """The verbs, and one conversation."""

    def __init__(self) -> None:
        self.user = a_user()
        self.conversation = a_conversation(self.user.id)
        self.tables = Tables()
        self.tables.put(self.conversation)
        self.store = FakeConversations(self.tables)
        self.stopper = Stopper(self.tables)
        self.bus = RecordingBus()
        self.verbs = Conversations(
            store=self.store,
            runs=self.stopper,
            bus=self.bus,
            clock=ManualClock(),
            presets=PromptPresets({"pirate": "Arr."}),
            options=OPTIONS,
        )

    async def create(self, **values: Any) -> ConversationDraft:
        """Create, and give what the store was told."""
        created = await self.verbs.create(self.user.id, NewConversation(**values))
        assert created == self.tables.conversations[created.id]
        return self.store.drafts[-1]

    async def update(
        self, columns: dict[str, object], *, archived: bool | None = None
    ) -> ConversationChanges:
        """Update, and give what the store was told."""
        changes = ConversationChanges(columns, archived)
        updated = await self.verbs.update(self.user.id, self.conversation.id, changes)
        assert updated == replace(self.conversation, updated_at=NOW)
        return self.store.changes[-1]

    async def branch(self, **values: Any) -> BranchDraft:
        """Fork, and give what the store was told."""
        branch = await self.verbs.branch(self.user.id, self.conversation.id, NewBranch(**values))
        assert branch.parent_id == self.conversation.id
        return self.store.branches[-1]


async def test_a_conversation_without_wishes_gets_the_deployments_values() -> None:
    draft = await Scene().create()
    assert draft == ConversationDraft(name="New conversation", model="small")


async def test_a_conversation_is_stored_as_it_was_asked_for() -> None:
    draft = await Scene().create(
        name="Mine", model="large", system_prompt="Be brief.", temperature=0.1, max_tokens=9
    )
    assert draft == ConversationDraft("Mine", "large", "Be brief.", 0.1, 9)


@pytest.mark.parametrize(
    ("values", "prompt"),
    [
        ({"preset": "pirate"}, "Arr."),
        ({"preset": "pirate", "system_prompt": "Be brief."}, "Be brief."),
    ],
)
async def test_a_system_prompt_goes_before_a_preset(values: dict[str, Any], prompt: str) -> None:
    assert (await Scene().create(**values)).system_prompt == prompt


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": TOO_LONG}, "name"),
        ({"model": "unknown"}, "model"),
        ({"preset": "unknown"}, "preset"),
        ({"preset": "unknown", "system_prompt": "Be brief."}, "preset"),
        ({"system_prompt": "  "}, "systemPrompt"),
        ({"temperature": -0.1}, "temperature"),
        ({"max_tokens": 0}, "maxTokens"),
    ],
)
async def test_a_conversation_with_a_bad_field_is_not_stored(
    values: dict[str, Any], field: str
) -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.create(**values)
    assert caught.value.field == field
    assert not scene.store.drafts


async def test_an_update_names_only_what_changes() -> None:
    changes = await Scene().update({}, archived=True)
    assert changes == ConversationChanges({}, archived=True)


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("name", "Mine", "Mine"),
        ("model", "large", "large"),
        ("model", None, "small"),
        ("system_prompt", "Be brief.", "Be brief."),
        ("system_prompt", None, None),
        ("temperature", 0.5, 0.5),
        ("temperature", 1, 1),
        ("temperature", None, None),
        ("max_tokens", 9, 9),
        ("max_tokens", None, None),
    ],
)
async def test_each_column_can_be_set_and_none_clears_it(
    column: str, value: object, stored: object
) -> None:
    assert (await Scene().update({column: value})).columns == {column: stored}


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("name", " ", "name"),
        ("name", None, "name"),
        ("model", "unknown", "model"),
        ("system_prompt", "\x00", "systemPrompt"),
        ("temperature", 3, "temperature"),
        ("max_tokens", 128_001, "maxTokens"),
    ],
)
async def test_an_update_with_a_bad_column_is_not_stored(
    column: str, value: object, field: str
) -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.update({column: value})
    assert caught.value.field == field
    assert not scene.store.changes


async def test_an_update_announces_the_messages_that_it_appended() -> None:
    scene = Scene()
    prompt = a_message(scene.conversation, 0, "Be brief.", role=Role.SYSTEM)
    scene.store.appends = [prompt]
    await scene.update({"system_prompt": "Be brief."})
    assert scene.bus.published == [
        (scene.conversation.id, MessageAdded(prompt)),
        (scene.conversation.id, MessageFinished(prompt)),
    ]


async def test_updating_somebody_elses_conversation_finds_nothing() -> None:
    scene = Scene()
    changes = ConversationChanges({})
    with pytest.raises(NotFoundError) as caught:
        await scene.verbs.update(uuid7(), scene.conversation.id, changes)
    assert caught.value.field == "id"


async def test_a_branch_without_wishes_keeps_what_the_parent_has() -> None:
    assert await Scene().branch() == BranchDraft(None, None, None, None)


async def test_a_topic_gives_a_branch_its_name_and_its_prompt() -> None:
    at = uuid7()
    draft = await Scene().branch(at_message_id=at, topic="engines")
    assert draft == BranchDraft(
        at, "engines - Branch", "Continue the conversation focusing on: engines", None
    )


async def test_a_name_and_a_prompt_go_before_a_topic() -> None:
    draft = await Scene().branch(
        topic="engines", name="Mine", system_prompt="Be brief.", model="large"
    )
    assert draft == BranchDraft(None, "Mine", "Be brief.", "large")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"topic": " "}, "topic"),
        ({"topic": TOO_LONG}, "topic"),
        ({"name": TOO_LONG}, "name"),
        ({"system_prompt": ""}, "systemPrompt"),
        ({"model": "unknown"}, "model"),
    ],
)
async def test_a_branch_with_a_bad_field_is_not_stored(values: dict[str, Any], field: str) -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.branch(**values)
    assert caught.value.field == field
    assert not scene.store.branches


async def test_a_delete_stops_runs_before_and_after_and_tells_readers_of_all_that_is_gone() -> None:
    scene = Scene()
    variant = uuid7()
    scene.store.variants = [variant]
    await scene.verbs.delete(scene.user.id, scene.conversation.id)
    id_ = scene.conversation.id
    assert scene.stopper.stopped == [id_, id_, variant]
    assert scene.stopper.there == [True, False, False]
    assert scene.bus.published == [
        (one, ConversationDeleted(one)) for one in (scene.conversation.id, variant)
    ]


async def test_deleting_somebody_elses_conversation_finds_nothing_and_stops_nothing() -> None:
    scene = Scene()
    with pytest.raises(NotFoundError) as caught:
        await scene.verbs.delete(uuid7(), scene.conversation.id)
    assert caught.value.field == "id"
    assert not scene.stopper.stopped
    assert not scene.bus.published


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("Hello", "Hello"),
        ("\n\n  Hello there \nand more", "Hello there"),
        ("Hello\u2028there", "Hello"),
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 59 + "…"),
        ("a" * 58 + " " + "b" * 9, "a" * 58 + "…"),
    ],
)
def test_a_conversation_is_named_after_the_first_line_cut_to_60(content: str, name: str) -> None:
    assert name_after(content) == name


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip))
def test_whatever_a_message_says_the_conversation_gets_a_proper_name(content: str) -> None:
    name = name_after(content)
    assert checks.name("name", name) == name
    assert len(name) <= 60
    assert len(name.splitlines()) == 1


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200).filter(
        str.strip
    )
)
def test_a_branch_of_any_name_gets_a_proper_name(stem: str) -> None:
    name = branch_name(stem)
    assert checks.name("name", name) == name
    assert name.endswith(" - Branch")


def test_no_topic_gives_no_prompt() -> None:
    assert topic_prompt(None) is None
