"""What queues, stops and stored errors need; open runs get a small index of their own."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The columns are as Tortoise makes them; it has no partial index that both databases take."""

    dependencies = [("parley", "0002_prompt_index")]

    operations = [
        ops.AddField(
            model_name="Message",
            name="error_message",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Message",
            name="error_retryable",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Message",
            name="error_retry_after_seconds",
            field=fields.FloatField(null=True),
        ),
        ops.AddField(
            model_name="Run",
            name="stop_requested_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            sql="CREATE INDEX runs_open ON runs (conversation_id) "
            "WHERE status IN ('QUEUED', 'RUNNING')",
            reverse_sql="DROP INDEX runs_open",
        ),
    ]
