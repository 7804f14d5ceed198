"""Users may be known by the subject of another issuer's tokens."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The index stands by itself, since SQLite adds no unique column."""

    dependencies = [("parley", "0003_open_runs")]

    operations = [
        ops.AddField(
            model_name="User",
            name="subject",
            field=fields.CharField(null=True, max_length=511),
        ),
        ops.RunSQL(
            sql="CREATE UNIQUE INDEX users_subject ON users (subject)",
            reverse_sql="DROP INDEX users_subject",
        ),
    ]
