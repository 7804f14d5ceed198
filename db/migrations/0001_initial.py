from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from chat.records import BranchKind, MessageStatus, Role, RunStatus, UsageSource, UserRole


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("name", fields.CharField(max_length=200)),
                ("email", fields.CharField(unique=True, max_length=320)),
                (
                    "role",
                    fields.CharEnumField(
                        description="MEMBER: MEMBER\nADMIN: ADMIN",
                        enum_type=UserRole,
                        max_length=16,
                    ),
                ),
                ("token_limit", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "users",
                "app": "parley",
                "pk_attr": "id",
                "table_description": "A person, or a program that acts as one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "api_tokens",
                "app": "parley",
                "indexes": [Index(fields=["user_id"], name="api_tokens_user")],
                "pk_attr": "id",
                "table_description": "A token, of whose secret only the SHA-256 is stored.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("model", fields.CharField(max_length=200)),
                ("system_prompt", fields.TextField(null=True, unique=False)),
                ("temperature", fields.FloatField(null=True)),
                ("max_tokens", fields.IntField(null=True)),
                (
                    "parent",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="parent_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("branched_at_index", fields.IntField(null=True)),
                (
                    "branch_kind",
                    fields.CharEnumField(
                        null=True,
                        description="TOPIC: TOPIC\nEDIT: EDIT\nREGENERATION: REGENERATION",
                        enum_type=BranchKind,
                        max_length=16,
                    ),
                ),
                (
                    "root",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="root_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "active_variant",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="active_variant_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("next_index", fields.IntField(default=0)),
                ("active_run_id", fields.UUIDField(null=True)),
                ("tokens_used", fields.BigIntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "archived_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "conversations",
                "app": "parley",
                "indexes": [
                    Index(fields=["user_id", "id"], name="conversations_user_id"),
                    Index(fields=["parent_id", "id"], name="conversations_parent_id"),
                    Index(fields=["root_id"], name="conversations_root"),
                    Index(fields=["active_variant_id"], name="conversations_variant"),
                ],
                "pk_attr": "id",
                "table_description": "A conversation, a branch or a variant.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "conversation",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="conversation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("index", fields.IntField(source_field="idx")),
                (
                    "role",
                    fields.CharEnumField(
                        description="SYSTEM: SYSTEM\nUSER: USER\nASSISTANT: ASSISTANT",
                        enum_type=Role,
                        max_length=16,
                    ),
                ),
                ("content", fields.TextField(unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nSTREAMING: STREAMING\nCOMPLETE: COMPLETE\nSTOPPED: STOPPED\nINTERRUPTED: INTERRUPTED\nFAILED: FAILED",
                        enum_type=MessageStatus,
                        max_length=16,
                    ),
                ),
                ("model", fields.CharField(null=True, max_length=200)),
                ("finish_reason", fields.CharField(null=True, max_length=64)),
                ("error_code", fields.CharField(null=True, max_length=64)),
                ("tokens_used", fields.IntField(null=True)),
                (
                    "usage_source",
                    fields.CharEnumField(
                        null=True,
                        description="PROVIDER: PROVIDER\nESTIMATED: ESTIMATED",
                        enum_type=UsageSource,
                        max_length=16,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "messages",
                "app": "parley",
                "unique_together": (("conversation_id", "index"),),
                "pk_attr": "id",
                "table_description": "A message. `conversation` is its owner, the one it was written in.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MonthlyUsage",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("month", fields.CharField(max_length=7)),
                ("used", fields.BigIntField(default=0)),
                ("reserved", fields.BigIntField(default=0)),
            ],
            options={
                "table": "monthly_usage",
                "app": "parley",
                "unique_together": (("user_id", "month"),),
                "pk_attr": "id",
                "table_description": 'The budget of one user in one month ("2026-11", UTC).',
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "conversation",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="conversation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "user_message",
                    fields.ForeignKeyField(
                        "parley.Message",
                        source_field="user_message_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "reply",
                    fields.ForeignKeyField(
                        "parley.Message",
                        source_field="reply_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nRUNNING: RUNNING\nCOMPLETE: COMPLETE\nSTOPPED: STOPPED\nINTERRUPTED: INTERRUPTED\nFAILED: FAILED",
                        enum_type=RunStatus,
                        max_length=16,
                    ),
                ),
                ("idempotency_key", fields.CharField(null=True, max_length=200)),
                ("fingerprint", fields.CharField(null=True, max_length=64)),
                ("lease_owner", fields.CharField(null=True, max_length=64)),
                (
                    "lease_expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("reserved_tokens", fields.IntField()),
                ("prompt_tokens", fields.IntField()),
                ("temperature", fields.FloatField(null=True)),
                ("max_tokens", fields.IntField(null=True)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "first_token_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "runs",
                "app": "parley",
                "unique_together": (("user_id", "idempotency_key"),),
                "indexes": [
                    Index(fields=["conversation_id"], name="runs_conversation"),
                    Index(fields=["user_message_id"], name="runs_user_message"),
                    Index(fields=["reply_id"], name="runs_reply"),
                    Index(fields=["status", "lease_expires_at"], name="runs_lease"),
                ],
                "pk_attr": "id",
                "table_description": "One turn. What the sender asked for is kept, so that a queued run survives a restart.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "parley.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "conversation",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="conversation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "source",
                    fields.ForeignKeyField(
                        "parley.Conversation",
                        source_field="source_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("from_index", fields.IntField()),
                ("to_index", fields.IntField(null=True)),
            ],
            options={
                "table": "segments",
                "app": "parley",
                "unique_together": (("conversation_id", "position"),),
                "indexes": [Index(fields=["source_id"], name="segments_source")],
                "pk_attr": "id",
                "table_description": "A stretch of a conversation's path: `source`'s messages with from_index <= index < to_index.",
            },
            bases=["Model"],
        ),
    ]
