"""Records as lines of Parley's own format."""

import json
from datetime import UTC, datetime
from uuid import UUID

from chat.interchange.format import NAME, VERSION, KeptConversation, KeptMessage, KeptRun, Stretch
from chat.records import MessageError


def header(now: datetime) -> bytes:
    """The first line."""
    return _line({"type": "header", "format": NAME, "version": VERSION, "exportedAt": _time(now)})


def end(*, conversations: int, messages: int) -> bytes:
    """The last line, which tells that nothing is missing."""
    return _line({"type": "end", "conversations": conversations, "messages": messages})


def conversation_line(kept: KeptConversation) -> bytes:
    """A conversation."""
    one = kept.conversation
    return _line(
        {
            "type": "conversation",
            "family": str(kept.family),
            "id": str(one.id),
            "name": one.name,
            "model": one.model,
            "systemPrompt": one.system_prompt,
            "temperature": one.temperature,
            "maxTokens": one.max_tokens,
            "parent": _id(one.parent_id),
            "branchedAtIndex": one.branched_at_index,
            "branchKind": one.branch_kind,
            "root": _id(one.root_id),
            "activeVariant": _id(one.active_variant_id),
            "messageCount": one.next_index,
            "tokensUsed": one.tokens_used,
            "createdAt": _time(one.created_at),
            "updatedAt": _time(one.updated_at),
            "archivedAt": _time(one.archived_at),
            "path": [_stretch(stretch) for stretch in kept.path],
        }
    )


def message_line(kept: KeptMessage) -> bytes:
    """A message, which belongs to the conversation before it."""
    one = kept.message
    return _line(
        {
            "type": "message",
            "id": str(one.id),
            "index": one.index,
            "role": one.role,
            "content": one.content,
            "status": one.status,
            "model": one.model,
            "finishReason": one.finish_reason,
            "error": None if one.error is None else _error(one.error),
            "tokensUsed": one.tokens_used,
            "usageSource": one.usage_source,
            "createdAt": _time(one.created_at),
            "run": None if kept.run is None else _run(kept.run),
        }
    )


def _line(values: dict[str, object]) -> bytes:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _stretch(one: Stretch) -> dict[str, object]:
    return {"source": str(one.source_id), "from": one.start, "to": one.stop}


def _error(error: MessageError) -> dict[str, object]:
    return {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "retryAfterSeconds": error.retry_after_seconds,
    }


def _run(run: KeptRun) -> dict[str, object]:
    return {
        "answers": run.answers,
        "promptTokens": run.prompt_tokens,
        "temperature": run.temperature,
        "maxTokens": run.max_tokens,
        "startedAt": _time(run.started_at),
        "firstTokenAt": _time(run.first_token_at),
        "finishedAt": _time(run.finished_at),
    }
