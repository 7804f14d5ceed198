"""Runs know the request that asked for them, so that any process can name it in log and traces."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Columns that may be null are added without rebuilding the table."""

    dependencies = [("parley", "0005_search")]

    operations = [
        ops.AddField(
            model_name="Run",
            name="request_id",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="Run",
            name="traceparent",
            field=fields.CharField(null=True, max_length=55),
        ),
    ]
