"""Every error that a client may see, and what it says.

    ParleyError
    ├── UnauthenticatedError       no token, or one that is unknown, expired or revoked
    ├── ForbiddenError             the viewer's role does not allow it
    ├── NotFoundError              absent, or somebody else's: the two are never told apart
    ├── BadUserInputError          names the field
    ├── MalformedImportError       names the line, or the conversation, of the file
    ├── PersistedQueryNotFoundError  the hash of a document that is not known here
    ├── ConversationBusyError      another run is going on in the conversation
    ├── IdempotencyKeyReusedError  the key came before with another input
    ├── RateLimitedError           the user does this too often
    ├── TokenLimitExceededError    the month's budget does not allow the send
    ├── QueryTooComplexError       the document asks for more than one request may
    ├── MessageBlockedError        a redaction rule set to BLOCK matched
    ├── ModelError                 the model could not answer; one of the MODEL_ codes
    ├── RunInterruptedError        the process that ran it went away
    ├── ShuttingDownError          no new runs are taken
    ├── SlowReaderError            a subscriber fell too far behind
    ├── StillWritingError          the reply took longer than one may wait for it
    ├── OperationTimeoutError      the operation took longer than one may take
    ├── IssuerUnavailableError     the keys that would prove who asks cannot be fetched just now
    └── StoreUnavailableError      the database cannot be used just now

`str(error)` is fit to be shown to anyone: it never holds a key, a prompt, upstream text or a
stack trace.
"""

import re
from datetime import datetime

from chat.error_codes import CATALOGUE, ErrorCode


class ParleyError(Exception):
    """An error with a code of the catalogue.

    `field` is the name of the input field it is about, in the spelling of the API.
    `retry_after_seconds` says how long to wait before the next try, where that is known.
    """

    code = ErrorCode.INTERNAL

    def __init__(
        self,
        message: str | None = None,
        *,
        code: ErrorCode | None = None,
        field: str | None = None,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
        **details: object,
    ) -> None:
        """`message` replaces the catalogue's sentence; `details` join the extensions."""
        self.code = code or type(self).code
        entry = CATALOGUE[self.code]
        self.field = field
        self.retryable = entry.retryable if retryable is None else retryable
        self.retry_after_seconds = retry_after_seconds
        self.details = details
        super().__init__(message or entry.sentence)

    @property
    def extensions(self) -> dict[str, object]:
        """What stands in `extensions` of the GraphQL error (graphql-core reads this name)."""
        known: dict[str, object] = {
            "code": self.code.value,
            "retryable": self.retryable,
            "retryAfterSeconds": self.retry_after_seconds,
        }
        if self.field is not None:
            known["field"] = self.field
        return known | self.details


class UnauthenticatedError(ParleyError):
    """There is no token, or it is unknown, expired or revoked."""

    code = ErrorCode.UNAUTHENTICATED


class ForbiddenError(ParleyError):
    """The viewer's role does not allow it."""

    code = ErrorCode.FORBIDDEN


class NotFoundError(ParleyError):
    """The id is absent, or somebody else's."""

    code = ErrorCode.NOT_FOUND


class BadUserInputError(ParleyError):
    """An input field holds what it may not: `BadUserInputError("content", "must not be blank")`."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, field: str, problem: str) -> None:
        """The message reads "<field> <problem>."; `problem` must not quote what the user sent."""
        super().__init__(f"{field} {problem}.", field=field)


class MalformedImportError(ParleyError):
    """A file to import is malformed; nothing of it was written. `line` is in the extensions."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, line: int, problem: str, *, unit: str = "Line") -> None:
        """`problem` is a sentence, and must not quote the file. `unit` is what is counted."""
        super().__init__(f"{unit} {line}: {problem}", field="data", line=line)


class PersistedQueryNotFoundError(ParleyError):
    """A client sent the hash of a document that is not known here; it sends the document next.

    Message and code are those of Apollo's protocol: Apollo Client knows the error by either, urql
    by its message alone. So the code that is shown is none of the catalogue.
    """

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self) -> None:
        """Needs nothing: the protocol says what it says."""
        super().__init__("PersistedQueryNotFound")

    @property
    def extensions(self) -> dict[str, object]:
        """As of any other error, but for the code."""
        return super().extensions | {"code": "PERSISTED_QUERY_NOT_FOUND"}


class ConversationBusyError(ParleyError):
    """Another run is going on in the conversation."""

    code = ErrorCode.CONVERSATION_BUSY


class IdempotencyKeyReusedError(ParleyError):
    """The key came before with another input."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED

    def __init__(self) -> None:
        """Needs nothing: the field is always the same."""
        super().__init__(field="idempotencyKey")


class RateLimitedError(ParleyError):
    """The user does this too often."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, *, retry_after_seconds: float) -> None:
        """`retry_after_seconds`: when it would be allowed."""
        super().__init__(retry_after_seconds=retry_after_seconds)


class TokenLimitExceededError(ParleyError):
    """The month's budget does not allow the send; `resetsAt` (RFC 3339) is in the extensions."""

    code = ErrorCode.TOKEN_LIMIT_EXCEEDED

    def __init__(self, *, resets_at: datetime) -> None:
        """`resets_at` is the start of the next month, in UTC."""
        super().__init__(resetsAt=resets_at.isoformat())


class QueryTooComplexError(ParleyError):
    """The document asks for more than one request may.

    `limit`, `found` and `allowed` are in the extensions, so that a program can tell what to cut.
    """

    code = ErrorCode.QUERY_TOO_COMPLEX

    def __init__(self, *, limit: str, found: int, allowed: int) -> None:
        """`limit` is a name in lower camel case; `found` may be where counting stopped."""
        words = re.sub(r"(?=[A-Z])", " ", limit).lower()
        message = f"This query is too complex: {words} {found}, and at most {allowed} is allowed."
        super().__init__(message, limit=limit, found=found, allowed=allowed)
        self.limit = limit
        self.found = found
        self.allowed = allowed


class MessageBlockedError(ParleyError):
    """A redaction rule set to BLOCK matched; `kinds` names the rules, never the text."""

    code = ErrorCode.MESSAGE_BLOCKED

    def __init__(self, kinds: list[str]) -> None:
        """`kinds` are the kinds of findings, for example ["card", "email"]."""
        super().__init__(field="content", kinds=kinds)


class ModelError(ParleyError):
    """The model could not answer. `code` is one of the MODEL_ codes.

    `answered` tells whether the model had begun to answer (the provider may bill what it read).
    """

    code = ErrorCode.MODEL_UNAVAILABLE

    def __init__(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        answered: bool = False,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """`message` replaces the catalogue's sentence; it must hold no upstream text."""
        super().__init__(
            message, code=code, retryable=retryable, retry_after_seconds=retry_after_seconds
        )
        self.answered = answered


class RunInterruptedError(ParleyError):
    """The process that ran it went away before the reply was whole."""

    code = ErrorCode.RUN_INTERRUPTED


class ShuttingDownError(ParleyError):
    """The server takes no new runs."""

    code = ErrorCode.SHUTTING_DOWN


class SlowReaderError(ParleyError):
    """A subscriber fell too far behind and was cut off; it may subscribe again with afterIndex."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self) -> None:
        """Needs nothing: the sentence is always the same."""
        super().__init__("You fell too far behind the stream. Subscribe again with afterIndex.")


class StillWritingError(ParleyError):
    """The reply took longer than one may wait for it; it goes on being written."""

    code = ErrorCode.MODEL_TIMEOUT

    def __init__(self) -> None:
        """Needs nothing: the sentence is always the same."""
        super().__init__(
            "The reply is still being written. Poll the run, or repeat with the same "
            "idempotencyKey.",
            retryable=True,
        )


class OperationTimeoutError(ParleyError):
    """The operation took longer than one may take, and was ended."""

    code = ErrorCode.QUERY_TOO_COMPLEX

    def __init__(self, allowed_seconds: float) -> None:
        """`allowed_seconds` is how long it could have taken."""
        super().__init__(
            f"The operation took longer than {allowed_seconds:g} seconds and was ended.",
            retryable=True,
            limit="seconds",
            allowed=allowed_seconds,
        )


class IssuerUnavailableError(ParleyError):
    """The keys of the tokens' issuer cannot be fetched just now, so nobody can tell who asks."""

    code = ErrorCode.INTERNAL

    def __init__(self) -> None:
        """Needs nothing: the sentence is always the same."""
        super().__init__(
            "Your sign-in cannot be checked just now. Please try again in a moment.",
            retryable=True,
        )


class StoreUnavailableError(ParleyError):
    """The database cannot be used just now; nothing was written."""

    code = ErrorCode.INTERNAL

    def __init__(self) -> None:
        """Needs nothing: the sentence is always the same."""
        super().__init__("The database is busy. Please try again in a moment.", retryable=True)
