"""What the tests of the search share: messages that are there, and what is found of them."""

from collections.abc import Sequence
from uuid import UUID

from chat.identifiers import uuid7
from chat.search import parse
from db.database import Transaction
from db.search import SqlSearchStore
from tests.contracts.stage import NOW, Stage


async def found(stage: Stage, text: str, user_id: UUID | None = None) -> list[str]:
    """The contents that a query finds, the best first."""
    page = await SqlSearchStore(stage.database).search(
        user_id or stage.user.id, parse(text), offset=0, limit=100
    )
    assert page.total == len(page.messages)
    return [message.content for message in page.messages]


async def store_many(stage: Stage, contents: Sequence[str]) -> None:
    """Messages of one conversation, stored without the search, and then indexed."""
    conversation = await stage.conversation()

    async def body(transaction: Transaction) -> None:
        for number, content in enumerate(contents):
            await transaction.rows(
                "INSERT INTO messages (id, user_id, conversation_id, idx, role, content, status, "
                "created_at) VALUES (:id, :user_id, :conversation_id, :idx, 'USER', :content, "
                "'COMPLETE', :now)",
                id=uuid7(),
                user_id=stage.user.id,
                conversation_id=conversation,
                idx=number,
                content=content,
                now=NOW,
            )

    await stage.database.write(body)
    await index_all(stage)


async def index_all(stage: Stage) -> None:
    """What `chat/indexing.py` does."""
    store, after = SqlSearchStore(stage.database), None
    while (after := await store.index_missing(after, limit=500)) is not None:
        pass
