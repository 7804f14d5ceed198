"""The tables, as Tortoise models. Every one carries `user_id`, so that all can be sharded by user.

Foreign keys do not cascade: what a delete takes with it is written out in `deletion`, because a
message may be shown by branches of the conversation that it was written in.

Tortoise makes table comments of the docstrings, and splits its statements for SQLite at every
semicolon: no docstring here may hold one.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from chat.records import BranchKind, MessageStatus, Role, RunStatus, UsageSource, UserRole

_NO_ACTION = fields.OnDelete.NO_ACTION
_SET_NULL = fields.OnDelete.SET_NULL


class User(Model):
    """A person, or a program that acts as one.

    `subject` is the issuer and the subject of the JSON Web Tokens that sign in as this user. Its
    unique index is made in a migration, since SQLite adds no unique column.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=320, unique=True)
    role = fields.CharEnumField(UserRole, max_length=16)
    token_limit = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    subject = fields.CharField(max_length=511, null=True)

    class Meta(Model.Meta):
        """Table options."""

        table = "users"


class ApiToken(Model):
    """A token, of whose secret only the SHA-256 is stored."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    name = fields.CharField(max_length=200)
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Table options."""

        table = "api_tokens"
        indexes = (Index(fields=("user_id",), name="api_tokens_user"),)


class Conversation(Model):
    """A conversation, a branch or a variant.

    `tokens_used` is the sum over its settled runs, kept here so that a list need not add it up.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    name = fields.CharField(max_length=200)
    model = fields.CharField(max_length=200)
    system_prompt = fields.TextField(null=True)
    temperature = fields.FloatField(null=True)
    max_tokens = fields.IntField(null=True)
    parent: fields.ForeignKeyNullableRelation["Conversation"] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, null=True, on_delete=_SET_NULL
    )
    branched_at_index = fields.IntField(null=True)
    branch_kind = fields.CharEnumField(BranchKind, max_length=16, null=True)
    root: fields.ForeignKeyNullableRelation["Conversation"] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, null=True, on_delete=_NO_ACTION
    )
    active_variant: fields.ForeignKeyNullableRelation["Conversation"] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, null=True, on_delete=_SET_NULL
    )
    next_index = fields.IntField(default=0)
    active_run_id = fields.UUIDField(null=True)
    tokens_used = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Table options: lists are read by (user, id), branches by parent, variants by root."""

        table = "conversations"
        indexes = (
            Index(fields=("user_id", "id"), name="conversations_user_id"),
            Index(fields=("parent_id", "id"), name="conversations_parent_id"),
            Index(fields=("root_id",), name="conversations_root"),
            Index(fields=("active_variant_id",), name="conversations_variant"),
        )


class Message(Model):
    """A message. `conversation` is its owner, the one it was written in."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, on_delete=_NO_ACTION
    )
    index = fields.IntField(source_field="idx")
    role = fields.CharEnumField(Role, max_length=16)
    content = fields.TextField()
    status = fields.CharEnumField(MessageStatus, max_length=16)
    model = fields.CharField(max_length=200, null=True)
    finish_reason = fields.CharField(max_length=64, null=True)
    error_code = fields.CharField(max_length=64, null=True)
    error_message = fields.TextField(null=True)
    error_retryable = fields.BooleanField(null=True)
    error_retry_after_seconds = fields.FloatField(null=True)
    tokens_used = fields.IntField(null=True)
    usage_source = fields.CharEnumField(UsageSource, max_length=16, null=True)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        """Table options: the unique pair is the index that every page is read by."""

        table = "messages"
        unique_together = (("conversation_id", "index"),)


class Segment(Model):
    """A stretch of a conversation's path: `source`'s messages with from_index <= index < to_index.

    A null `to_index` means open: that is always and only the conversation's own last segment.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, on_delete=_NO_ACTION
    )
    position = fields.IntField()
    source: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, on_delete=_NO_ACTION
    )
    from_index = fields.IntField()
    to_index = fields.IntField(null=True)

    class Meta(Model.Meta):
        """Table options."""

        table = "segments"
        unique_together = (("conversation_id", "position"),)
        indexes = (Index(fields=("source_id",), name="segments_source"),)


class Run(Model):
    """One turn. What the sender asked for is kept, so that a queued run survives a restart."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "parley.Conversation", related_name=False, on_delete=_NO_ACTION
    )
    user_message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "parley.Message", related_name=False, on_delete=_NO_ACTION
    )
    reply: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "parley.Message", related_name=False, on_delete=_NO_ACTION
    )
    status = fields.CharEnumField(RunStatus, max_length=16)
    idempotency_key = fields.CharField(max_length=200, null=True)
    fingerprint = fields.CharField(max_length=64, null=True)
    lease_owner = fields.CharField(max_length=64, null=True)
    lease_expires_at = fields.DatetimeField(null=True)
    reserved_tokens = fields.IntField()
    prompt_tokens = fields.IntField()
    temperature = fields.FloatField(null=True)
    max_tokens = fields.IntField(null=True)
    started_at = fields.DatetimeField()
    first_token_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    stop_requested_at = fields.DatetimeField(null=True)
    request_id = fields.CharField(max_length=100, null=True)
    traceparent = fields.CharField(max_length=55, null=True)

    class Meta(Model.Meta):
        """Table options: expired leases are found by (status, lease_expires_at)."""

        table = "runs"
        unique_together = (("user_id", "idempotency_key"),)
        indexes = (
            Index(fields=("conversation_id",), name="runs_conversation"),
            Index(fields=("user_message_id",), name="runs_user_message"),
            Index(fields=("reply_id",), name="runs_reply"),
            Index(fields=("status", "lease_expires_at"), name="runs_lease"),
        )


class MonthlyUsage(Model):
    """The budget of one user in one month ("2026-11", UTC)."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "parley.User", related_name=False, on_delete=_NO_ACTION
    )
    month = fields.CharField(max_length=7)
    used = fields.BigIntField(default=0)
    reserved = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        """Table options."""

        table = "monthly_usage"
        unique_together = (("user_id", "month"),)
