"""A conversation of thousands of messages, put into the database at once."""

from datetime import UTC, datetime

from chat.drafts import ConversationDraft
from chat.records import Role, User
from db import writing
from db.database import Database, Transaction
from resolvers.ids import Kind, encode


async def long_conversation(database_url: str, user: User, messages: int) -> str:
    """Make it, and give its id; message number n says "Message n.", or "Reply n."."""
    now = datetime.now(UTC)

    async def body(transaction: Transaction) -> str:
        made, _ = await writing.start_conversation(
            transaction, user.id, ConversationDraft("A long one", "test-model"), now=now
        )
        said = [
            writing.new_message(
                made,
                Role.ASSISTANT if index % 2 else Role.USER,
                f"{'Reply' if index % 2 else 'Message'} {index}.\n\nWith *some* more lines.",
                now=now,
                offset=index,
            )
            for index in range(messages)
        ]
        await writing.append(transaction, made, said, now=now)
        return encode(Kind.CONVERSATION, made.id)

    database = await Database.open(database_url)
    try:
        return await database.write(body)
    finally:
        await database.close()
