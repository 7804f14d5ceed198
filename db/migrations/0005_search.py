"""What messages are found by: their words, and an index of these, which each database has its own.

The messages that are there already are indexed by the running Parley (`chat/indexing.py`), so
that a start need not wait for it.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

# The index holds no words of its own: it reads them from the table when it must.
_SQLITE = (
    (
        "CREATE TABLE message_words (key INTEGER PRIMARY KEY, message_id CHAR(36) NOT NULL UNIQUE "
        "REFERENCES messages (id) ON DELETE CASCADE, user_id CHAR(36) NOT NULL, words TEXT NOT NULL)"
    ),
    (
        "CREATE VIRTUAL TABLE message_index USING fts5 "
        "(words, content='message_words', content_rowid='key', tokenize='ascii')"
    ),
    (
        "CREATE TRIGGER message_words_added AFTER INSERT ON message_words BEGIN "
        "INSERT INTO message_index (rowid, words) VALUES (new.key, new.words); END"
    ),
    (
        "CREATE TRIGGER message_words_deleted AFTER DELETE ON message_words BEGIN "
        "INSERT INTO message_index (message_index, rowid, words) "
        "VALUES ('delete', old.key, old.words); END"
    ),
)
# A short list of what is not in the index yet keeps both searches and sends even.
_POSTGRES = (
    (
        "CREATE TABLE message_words (key BIGINT GENERATED ALWAYS AS IDENTITY, "
        "message_id UUID PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE, "
        "user_id UUID NOT NULL, words TEXT NOT NULL, vector TSVECTOR NOT NULL)"
    ),
    (
        "CREATE INDEX message_index ON message_words USING gin (vector) "
        "WITH (gin_pending_list_limit = 256)"
    ),
)
_DROP_SQLITE = ("DROP TABLE message_index", "DROP TABLE message_words")
_DROP_POSTGRES = ("DROP TABLE message_words",)


async def _run(
    editor: BaseSchemaEditor, *, sqlite: tuple[str, ...], postgres: tuple[str, ...]
) -> None:
    """One statement after the other: what runs a script would cut triggers at their semicolons."""
    for statement in sqlite if editor.client.capabilities.dialect == "sqlite" else postgres:
        await editor.client.execute_query(statement)


async def _make(_: object, editor: BaseSchemaEditor) -> None:
    await _run(editor, sqlite=_SQLITE, postgres=_POSTGRES)


async def _drop(_: object, editor: BaseSchemaEditor) -> None:
    await _run(editor, sqlite=_DROP_SQLITE, postgres=_DROP_POSTGRES)


class Migration(migrations.Migration):
    """Written by hand: Tortoise knows neither kind of index."""

    dependencies = [("parley", "0004_subjects")]

    operations = [ops.RunPython(_make, _drop)]
