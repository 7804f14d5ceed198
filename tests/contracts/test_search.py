"""The search on both databases: what is found, by whom, and when no longer."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from chat.drafts import BranchDraft, OnBusy
from chat.identifiers import uuid7
from chat.records import Message, RunStatus
from chat.search import MOST_HITS, parse
from chat.words import words_of
from db.database import Database, Transaction
from db.search import SqlSearchStore
from tests.contracts.searching import found, index_all, store_many
from tests.contracts.stage import NOW, Stage, staged


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


async def said(stage: Stage, content: str, reply: str = "Hm", *, to: UUID | None = None) -> Message:
    """A turn that is over; its user message."""
    opened = await stage.open(to or await stage.conversation(), content=content)
    settled = await stage.runs.settle(opened.run.id, stage.outcome(text=reply))
    assert settled is not None
    return settled.user_message


@pytest.mark.parametrize(
    ("query", "content"),
    [
        ("garden", "We sat in the GARDEN."),
        ("gard", "We sat in the garden."),
        ("the gard", "We sat in the garden."),
        ("garden the", "We sat in the garden."),
        ('"the garden"', "We sat in the garden."),
        ('"in the gar', "We sat in the garden."),
        ("garden -lake", "We sat in the garden."),
        ('garden -"garden the"', "We sat in the garden."),
        ("cafe", "Un Café à Paris"),
        ("CAFÉ", "un cafe a paris"),
        ("strasse", "Straße"),
        ("don't", "I don’t know"),
        ("me@example.org", "write to me@example.org now"),
        ("书在", "我的书在东京"),
        ("น้ำ", "ดื่มน้ำเย็น"),
        ("Привет", "привет, мир"),
        ("3.14", "pi is 3.14159"),
        ("NEAR OR NOT AND", "and or near not"),
        ("*:^(garden)[];\\'&|!<->{}", "We sat in the garden."),
    ],
)
async def test_a_query_finds_a_text(stage: Stage, query: str, content: str) -> None:
    await said(stage, content)
    assert await found(stage, query) == [content]


@pytest.mark.parametrize(
    "query",
    [
        "arden", "gard the", '"gard"', '"garden the"', "garden lake", "garden -the",
        'garden -"the garden"', "-lake", "", " ", "*", '"', '""', "🙂", "书的",
    ],
)  # fmt: skip
async def test_a_query_does_not_find_a_text(stage: Stage, query: str) -> None:
    await said(stage, "We sat in the garden. 我的书")
    assert await found(stage, query) == []


async def test_a_reply_is_found_once_it_is_final_and_a_prompt_never(stage: Stage) -> None:
    opened = await stage.open(await stage.conversation("Speak of pears"), content="A pear?")
    assert await found(stage, "pear") == ["A pear?"]
    await stage.runs.settle(opened.run.id, stage.outcome(RunStatus.STOPPED, text="Pears are"))
    assert sorted(await found(stage, "pear")) == ["A pear?", "Pears are"]


async def test_a_queued_reply_that_is_stopped_is_not_found_by_any_word(stage: Stage) -> None:
    conversation = await stage.conversation()
    await stage.open(conversation, content="one")
    waiting = await stage.open(conversation, content="two", on_busy=OnBusy.ENQUEUE)
    await stage.runs.request_stop(stage.user.id, waiting.run.id, now=NOW)
    assert await found(stage, "two") == ["two"]


async def test_nobody_finds_what_is_somebody_elses(stage: Stage) -> None:
    await said(stage, "My secret")
    assert await found(stage, "secret", uuid7()) == []


async def test_a_message_is_found_once_however_many_branches_show_it(stage: Stage) -> None:
    conversation = await stage.conversation()
    await said(stage, "A pear?", to=conversation)
    for _ in range(3):
        await stage.conversations.branch(
            stage.user.id, conversation, BranchDraft(None, "B", None, None), now=NOW
        )
    assert await found(stage, "pear") == ["A pear?"]


async def test_what_survives_a_delete_is_found_in_its_heir_and_the_rest_is_gone(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    shared = await said(stage, "First pear", to=conversation)
    draft = BranchDraft(shared.id, "B", None, None)
    branch = await stage.conversations.branch(stage.user.id, conversation, draft, now=NOW)
    await said(stage, "Second pear", to=conversation)
    await stage.conversations.delete(stage.user.id, conversation)
    page = await SqlSearchStore(stage.database).search(
        stage.user.id, parse("pear"), offset=0, limit=9
    )
    assert [(one.content, one.conversation_id) for one in page.messages] == [
        ("First pear", branch.id)
    ]
    await stage.conversations.delete(stage.user.id, branch.id)
    assert await found(stage, "pear") == []
    assert await rows_of_index(stage.database) == 0


async def test_an_erased_user_leaves_no_words(stage: Stage) -> None:
    await said(stage, "My secret")
    await stage.users.erase(stage.user.id)
    assert await rows_of_index(stage.database) == 0


async def rows_of_index(database: Database) -> int:
    """How many messages have words stored, which is what the index itself says too."""
    [row] = await database.rows("SELECT COUNT(*) AS number FROM message_words")
    if database.dialect == "sqlite":

        async def check(transaction: Transaction) -> None:
            await transaction.rows(
                "INSERT INTO message_index (message_index, rank) VALUES ('integrity-check', 1)"
            )

        await database.write(check)
    return int(row["number"])


async def test_the_best_comes_first_and_then_the_newest(stage: Stage) -> None:
    for content in (
        "a pear in a long text about trees",
        "pear pear",
        "apple",
        "pear two",
        "pear 1",
    ):
        await said(stage, content)
    hits = await found(stage, "pear")
    assert hits[0] == "pear pear"
    assert hits[1:] == ["pear 1", "pear two", "a pear in a long text about trees"]


async def test_pages_follow_one_another_and_one_behind_the_end_knows_the_total(
    stage: Stage,
) -> None:
    for number in range(7):
        await said(stage, f"pear {number}")
    store, query = SqlSearchStore(stage.database), parse("pear")
    pages = [await store.search(stage.user.id, query, offset=at, limit=3) for at in (0, 3, 6, 9)]
    assert [len(page.messages) for page in pages] == [3, 3, 1, 0]
    assert {page.total for page in pages} == {7}
    contents = [one.content for page in pages for one in page.messages]
    assert contents == [f"pear {number}" for number in reversed(range(7))]


async def test_more_than_a_thousand_hits_are_the_thousand_that_came_last(stage: Stage) -> None:
    await store_many(stage, [f"pear {number}" for number in range(MOST_HITS + 5)])
    store, query = SqlSearchStore(stage.database), parse("pear")
    page = await store.search(stage.user.id, query, offset=MOST_HITS - 1, limit=10)
    assert page.total == MOST_HITS
    assert [one.content for one in page.messages] == ["pear 5"]


@pytest.mark.parametrize(
    "content",
    [
        "的" * 5_000 + "书在",
        "pear " * 20_000,
        " ".join(chr(one) for one in range(0x4E00, 0x9FFF)) + " 书在",
        "".join(chr(one) for one in range(0x20000, 0x2A000)),
        "y" * 100_000,
        " ".join(f"{number:x}" for number in range(20_000)),
    ],
    ids=["one character", "one word", "all characters", "rare characters", "one run", "all words"],
)
async def test_the_longest_texts_are_indexed(stage: Stage, content: str) -> None:
    await said(stage, "short", content)
    assert await rows_of_index(stage.database) == 2
    words = words_of(content)
    [hit] = await found(stage, f'"{" ".join(words[-3:])[:60]}')
    assert hit == content


async def test_what_was_stored_without_the_search_is_indexed_once(stage: Stage) -> None:
    await said(stage, "pear one")
    await store_many(stage, ["pear two", "…", "pear three"])
    await index_all(stage)
    assert sorted(await found(stage, "pear")) == ["pear one", "pear three", "pear two"]
    opened = await stage.open(await stage.conversation(), content="pear four")
    await index_all(stage)
    await stage.runs.settle(opened.run.id, stage.outcome(text="pear five"))
    assert len(await found(stage, "pear")) == 5
