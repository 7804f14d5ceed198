"""Lines of Parley's own format as records: each line by itself, every field checked.

What lines say of one another is checked in `structure`.
"""

import json
from typing import Never, cast
from uuid import UUID

from chat import checks
from chat.error_codes import ErrorCode
from chat.errors import BadUserInputError
from chat.interchange.fields import Fields, present
from chat.interchange.format import (
    LONGEST_LINE,
    LONGEST_PATH,
    LONGEST_REPLY,
    NAME,
    VERSION,
    KeptConversation,
    KeptMessage,
    KeptRun,
    Stretch,
)
from chat.records import (
    BranchKind,
    Conversation,
    Message,
    MessageError,
    MessageStatus,
    Role,
    UsageSource,
)

_LONGEST_ERROR = 2000
_LONGEST_FINISH_REASON = 64
_MOST_TOKENS = 2**63 - 1
_LONGEST_WAIT_SECONDS = 366 * 24 * 3600


def _refuse(_: str) -> Never:
    """Python's parser knows NaN and Infinity; JSON does not."""
    raise ValueError


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def parse(line: bytes) -> tuple[str, Fields]:
    """The type of a line and its fields. Raises BadUserInputError."""
    if len(line) > LONGEST_LINE:
        raise BadUserInputError("The line", f"must have at most {LONGEST_LINE:,} bytes")
    try:
        value: object = _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise BadUserInputError("The line", "must be JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise BadUserInputError("The line", "must be an object")
    fields = Fields(cast("dict[str, object]", value))
    return fields.text("type", longest=checks.LONGEST_NAME) or "", fields


def check_header(kind: str, fields: Fields) -> None:
    """Refuse what is not version 1 of Parley's own format."""
    if kind != "header" or fields.text("format", longest=checks.LONGEST_NAME) != NAME:
        raise BadUserInputError("The first line", "must be the header of a Parley export")
    if fields.whole("version") != VERSION:
        raise BadUserInputError("version", f"must be {VERSION}")


def conversation(fields: Fields, user_id: UUID) -> KeptConversation:
    """A conversation, as the user's."""
    record = Conversation(
        id=present("id", fields.id("id")),
        user_id=user_id,
        name=_filled(fields, "name", longest=checks.LONGEST_NAME),
        model=_filled(fields, "model", longest=checks.LONGEST_NAME),
        system_prompt=_prompt(fields),
        temperature=checks.temperature(fields.number("temperature")),
        max_tokens=checks.max_tokens(fields.whole("maxTokens")),
        parent_id=fields.id("parent"),
        branched_at_index=fields.whole("branchedAtIndex"),
        branch_kind=fields.choice("branchKind", BranchKind),
        root_id=fields.id("root"),
        active_variant_id=fields.id("activeVariant"),
        next_index=present("messageCount", fields.whole("messageCount")),
        active_run_id=None,
        tokens_used=fields.whole("tokensUsed", most=_MOST_TOKENS) or 0,
        created_at=present("createdAt", fields.time("createdAt")),
        updated_at=present("updatedAt", fields.time("updatedAt")),
        archived_at=fields.time("archivedAt"),
    )
    path = tuple(_stretch(one) for one in fields.objects("path", most=LONGEST_PATH))
    return KeptConversation(record, present("family", fields.id("family")), path)


def _filled(fields: Fields, name: str, *, longest: int) -> str:
    return checks.text(name, present(name, fields.text(name, longest=longest)), longest=longest)


def _prompt(fields: Fields) -> str | None:
    value = fields.text("systemPrompt", longest=checks.LONGEST_CONTENT)
    return None if value is None else checks.text("systemPrompt", value)


def _stretch(fields: Fields) -> Stretch:
    return Stretch(
        present("path.source", fields.id("source")),
        present("path.from", fields.whole("from")),
        fields.whole("to"),
    )


def message(fields: Fields, owner: Conversation) -> KeptMessage:
    """A message that was written in `owner`."""
    role = present("role", fields.choice("role", Role))
    status = present("status", fields.choice("status", MessageStatus))
    record = Message(
        id=present("id", fields.id("id")),
        user_id=owner.user_id,
        conversation_id=owner.id,
        index=present("index", fields.whole("index")),
        role=role,
        content=_content(fields, role),
        status=status,
        model=fields.text("model", longest=checks.LONGEST_NAME),
        finish_reason=fields.text("finishReason", longest=_LONGEST_FINISH_REASON),
        error=_error(fields, status),
        tokens_used=fields.whole("tokensUsed"),
        usage_source=fields.choice("usageSource", UsageSource),
        created_at=present("createdAt", fields.time("createdAt")),
    )
    run = fields.object("run")
    if role is not Role.ASSISTANT:
        if status is not MessageStatus.COMPLETE:
            raise BadUserInputError("status", "must be COMPLETE, unless it is a reply's")
        if run is not None:
            raise BadUserInputError("run", "belongs to a reply")
    return KeptMessage(record, None if run is None else _run(run, record.index))


def _content(fields: Fields, role: Role) -> str:
    longest = LONGEST_REPLY if role is Role.ASSISTANT else checks.LONGEST_CONTENT
    content = present("content", fields.text("content", longest=longest))
    return checks.text("content", content) if role is Role.USER else content


def _error(fields: Fields, status: MessageStatus) -> MessageError | None:
    error = fields.object("error")
    if error is None:
        return None
    if status is not MessageStatus.FAILED:
        raise BadUserInputError("error", "belongs to a reply that is FAILED")
    wait = error.number("retryAfterSeconds")
    if wait is not None and not 0 <= wait <= _LONGEST_WAIT_SECONDS:
        raise BadUserInputError("error.retryAfterSeconds", "must be from 0 seconds to a year")
    return MessageError(
        code=present("error.code", error.choice("code", ErrorCode)).value,
        message=present("error.message", error.text("message", longest=_LONGEST_ERROR)),
        retryable=bool(error.flag("retryable")),
        retry_after_seconds=wait,
    )


def _run(fields: Fields, index: int) -> KeptRun:
    answers = present("run.answers", fields.whole("answers"))
    if answers >= index:
        raise BadUserInputError("run.answers", "must be the index of a message before the reply")
    return KeptRun(
        answers=answers,
        prompt_tokens=fields.whole("promptTokens") or 0,
        temperature=checks.temperature(fields.number("temperature")),
        max_tokens=checks.max_tokens(fields.whole("maxTokens")),
        started_at=present("run.startedAt", fields.time("startedAt")),
        first_token_at=fields.time("firstTokenAt"),
        finished_at=fields.time("finishedAt"),
    )
