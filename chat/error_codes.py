"""The codes of errors, and what each says to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class ErrorCode(StrEnum):
    """The codes that stand in `extensions.code` of an error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONVERSATION_BUSY = "CONVERSATION_BUSY"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    TOKEN_LIMIT_EXCEEDED = "TOKEN_LIMIT_EXCEEDED"  # noqa: S105  a code, not a secret
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    MESSAGE_BLOCKED = "MESSAGE_BLOCKED"
    MODEL_RATE_LIMITED = "MODEL_RATE_LIMITED"
    MODEL_AUTHENTICATION = "MODEL_AUTHENTICATION"
    MODEL_REJECTED = "MODEL_REJECTED"
    MODEL_TIMEOUT = "MODEL_TIMEOUT"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    MODEL_CONTENT_FILTERED = "MODEL_CONTENT_FILTERED"
    RUN_INTERRUPTED = "RUN_INTERRUPTED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a code says to people (`sentence`) and whether trying again may help."""

    sentence: str
    retryable: bool


_UNAVAILABLE = "I'm temporarily unavailable. Please try again later."

CATALOGUE: Mapping[ErrorCode, CatalogueEntry] = MappingProxyType(
    {
        ErrorCode.UNAUTHENTICATED: CatalogueEntry("Please sign in with a valid token.", False),
        ErrorCode.FORBIDDEN: CatalogueEntry("You are not allowed to do this.", False),
        ErrorCode.NOT_FOUND: CatalogueEntry("There is nothing with this id.", False),
        ErrorCode.BAD_USER_INPUT: CatalogueEntry("The input is not valid.", False),
        ErrorCode.CONVERSATION_BUSY: CatalogueEntry(
            "Another reply is being written in this conversation.", True
        ),
        ErrorCode.IDEMPOTENCY_KEY_REUSED: CatalogueEntry(
            "This idempotency key was used before with another input.", False
        ),
        ErrorCode.RATE_LIMITED: CatalogueEntry("Too many requests. Please slow down.", True),
        ErrorCode.TOKEN_LIMIT_EXCEEDED: CatalogueEntry(
            "This month's token limit does not allow this message.", False
        ),
        ErrorCode.QUERY_TOO_COMPLEX: CatalogueEntry("This query asks for too much.", False),
        ErrorCode.MESSAGE_BLOCKED: CatalogueEntry(
            "The message holds something that may not be sent to the model.", False
        ),
        ErrorCode.MODEL_RATE_LIMITED: CatalogueEntry(
            "I'm currently experiencing high demand. Please try again in a moment.", True
        ),
        ErrorCode.MODEL_AUTHENTICATION: CatalogueEntry(
            "Authentication error. Please contact support.", False
        ),
        ErrorCode.MODEL_REJECTED: CatalogueEntry(
            "I had trouble understanding your request. Could you rephrase it?", False
        ),
        ErrorCode.MODEL_TIMEOUT: CatalogueEntry(_UNAVAILABLE, True),
        ErrorCode.MODEL_UNAVAILABLE: CatalogueEntry(_UNAVAILABLE, True),
        ErrorCode.MODEL_CONTENT_FILTERED: CatalogueEntry(
            "The model's content filter held the reply back. Could you rephrase your message?",
            False,
        ),
        ErrorCode.RUN_INTERRUPTED: CatalogueEntry(
            "The reply was interrupted. What had been written is kept; please try again.", True
        ),
        ErrorCode.SHUTTING_DOWN: CatalogueEntry(
            "The server is restarting. Please try again in a moment.", True
        ),
        ErrorCode.INTERNAL: CatalogueEntry("Something went wrong on our side.", False),
    }
)
