"""Enums. Their values are those of the stored records."""

from enum import Enum

import strawberry


@strawberry.enum(description="What a user may do.")
class UserRole(Enum):
    """What a user may do."""

    MEMBER = strawberry.enum_value("MEMBER", description="Has conversations of their own.")
    ADMIN = strawberry.enum_value("ADMIN", description="May also add users and set their limits.")


@strawberry.enum(description="Why a conversation was forked.")
class BranchKind(Enum):
    """Why a conversation was forked."""

    TOPIC = strawberry.enum_value("TOPIC", description="Made by branchConversation.")
    EDIT = strawberry.enum_value("EDIT", description="A variant made by editing a message.")
    REGENERATION = strawberry.enum_value(
        "REGENERATION", description="A variant made by regenerating a reply."
    )


@strawberry.enum(description="Who speaks in a message.")
class Role(Enum):
    """Who speaks in a message."""

    SYSTEM = strawberry.enum_value("SYSTEM", description="The system prompt that is in force.")
    USER = strawberry.enum_value("USER", description="The person.")
    ASSISTANT = strawberry.enum_value("ASSISTANT", description="The model.")


@strawberry.enum(description="Where a message is in its life. All but the first two are final.")
class MessageStatus(Enum):
    """Where a message is in its life."""

    QUEUED = strawberry.enum_value("QUEUED", description="Waits for its turn.")
    STREAMING = strawberry.enum_value("STREAMING", description="Is being written.")
    COMPLETE = strawberry.enum_value("COMPLETE", description="Whole.")
    STOPPED = strawberry.enum_value("STOPPED", description="Stopped by a user; the text is kept.")
    INTERRUPTED = strawberry.enum_value(
        "INTERRUPTED", description="Cut off by a restart; the text is kept."
    )
    FAILED = strawberry.enum_value(
        "FAILED", description="The model could not answer; see the field error."
    )


@strawberry.enum(description="Where a run is in its life. All but the first two are final.")
class RunStatus(Enum):
    """Where a run is in its life."""

    QUEUED = strawberry.enum_value("QUEUED", description="Waits for the run before it.")
    RUNNING = strawberry.enum_value("RUNNING", description="The model is being asked.")
    COMPLETE = strawberry.enum_value("COMPLETE", description="The reply is whole.")
    STOPPED = strawberry.enum_value("STOPPED", description="Stopped by a user.")
    INTERRUPTED = strawberry.enum_value("INTERRUPTED", description="Cut off by a restart.")
    FAILED = strawberry.enum_value("FAILED", description="The model could not answer.")


@strawberry.enum(description="Where a token count comes from.")
class UsageSource(Enum):
    """Where a token count comes from."""

    PROVIDER = strawberry.enum_value("PROVIDER", description="Reported by the model's server.")
    ESTIMATED = strawberry.enum_value(
        "ESTIMATED", description="Reckoned from the text, since the server reported nothing."
    )


@strawberry.enum(
    description="The codes that stand in extensions.code of an error. Each has a fixed, friendly "
    "sentence as its message; extensions.retryable says whether trying again may help."
)
class ErrorCode(Enum):
    """The codes that stand in `extensions.code` of an error."""

    UNAUTHENTICATED = strawberry.enum_value(
        "UNAUTHENTICATED", description="No token, or one that is unknown, expired or revoked."
    )
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="Your role does not allow it.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="No such id among what is yours.")
    BAD_USER_INPUT = strawberry.enum_value(
        "BAD_USER_INPUT", description="The input is not valid; extensions.field names the field."
    )
    CONVERSATION_BUSY = strawberry.enum_value(
        "CONVERSATION_BUSY", description="Another reply is being written in this conversation."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The key came before with another input."
    )
    RATE_LIMITED = strawberry.enum_value(
        "RATE_LIMITED", description="Too many requests, or a subscriber that reads too slowly."
    )
    TOKEN_LIMIT_EXCEEDED = strawberry.enum_value(
        "TOKEN_LIMIT_EXCEEDED",
        description="The month's token limit does not allow it; see extensions.resetsAt.",
    )
    QUERY_TOO_COMPLEX = strawberry.enum_value(
        "QUERY_TOO_COMPLEX", description="The query asks for too much."
    )
    MESSAGE_BLOCKED = strawberry.enum_value(
        "MESSAGE_BLOCKED", description="The message holds something that may not be sent."
    )
    MODEL_RATE_LIMITED = strawberry.enum_value(
        "MODEL_RATE_LIMITED", description="The model's server is asked too much."
    )
    MODEL_AUTHENTICATION = strawberry.enum_value(
        "MODEL_AUTHENTICATION", description="The model's server refuses the deployment's key."
    )
    MODEL_REJECTED = strawberry.enum_value(
        "MODEL_REJECTED", description="The model's server refuses the request."
    )
    MODEL_TIMEOUT = strawberry.enum_value(
        "MODEL_TIMEOUT", description="The model's server took too long."
    )
    MODEL_UNAVAILABLE = strawberry.enum_value(
        "MODEL_UNAVAILABLE", description="The model's server cannot be reached or broke off."
    )
    MODEL_CONTENT_FILTERED = strawberry.enum_value(
        "MODEL_CONTENT_FILTERED", description="The model's content filter held the reply back."
    )
    RUN_INTERRUPTED = strawberry.enum_value(
        "RUN_INTERRUPTED", description="A restart cut the reply off; what was written is kept."
    )
    SHUTTING_DOWN = strawberry.enum_value(
        "SHUTTING_DOWN", description="The server is restarting and takes no new messages."
    )
    INTERNAL = strawberry.enum_value("INTERNAL", description="A fault on our side.")


@strawberry.enum(description="What a conversation is exported as.")
class ExportFormat(Enum):
    """What a conversation is exported as."""

    JSON = strawberry.enum_value(
        "JSON",
        description="Parley's own format: JSON Lines with the whole family of the conversation, "
        "its branches and variants too. importConversations takes it.",
    )
    MARKDOWN = strawberry.enum_value(
        "MARKDOWN", description="For people: this conversation with a heading for each message."
    )
    OPENAI_MESSAGES = strawberry.enum_value(
        "OPENAI_MESSAGES",
        description="A JSON array of {role, content} as it would be sent to a model, were there "
        "no limits: the prompt in force first, failed replies left out.",
    )


@strawberry.enum(description="Whose format an import has.")
class ImportFormat(Enum):
    """Whose format an import has."""

    JSON = strawberry.enum_value("JSON", description="Parley's own.")
    CHATGPT = strawberry.enum_value(
        "CHATGPT", description="The file conversations.json of ChatGPT's data export."
    )
