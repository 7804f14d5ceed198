"""A small index of the prompts of each conversation, which forks at an early message look up."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Written by hand: Tortoise has no partial index that both databases take."""

    dependencies = [("parley", "0001_initial")]

    operations = [
        ops.RunSQL(
            sql="CREATE INDEX messages_prompts ON messages (conversation_id, idx) "
            "WHERE role = 'SYSTEM'",
            reverse_sql="DROP INDEX messages_prompts",
        ),
    ]
