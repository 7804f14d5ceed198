"""What is said in a message of ChatGPT's export, if it is something that was said at all.

Messages of tools and to tools, hidden ones, reasoning and system messages are left out; images
and sounds become a word in brackets. What was left out is counted by a name for people.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from chat import checks
from chat.interchange.format import LONGEST_REPLY
from chat.records import Role

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_REASONING = ("thoughts", "reasoning_recap")
_CONTEXT = ("user_editable_context", "model_editable_context")
_PLACEHOLDERS = (
    ("image", "[image]", "images"),
    ("audio", "[audio]", "recordings"),
    ("video", "[video]", "recordings"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said."""

    role: Role
    content: str
    model: str | None
    at: datetime | None


def mapping(value: object) -> dict[str, object]:
    """An object, or an empty one in place of anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """A list, or an empty one in place of anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object, *, longest: int) -> str:
    """Text as it may be stored; empty in place of anything else."""
    return _NOT_STORABLE.sub("�", value)[:longest] if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """A time in seconds since 1970; None in place of anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def said(message: dict[str, object], left_out: Counter[str]) -> Said | None:
    """What a message says; None when it says nothing, counting why."""
    content = mapping(message.get("content"))
    kind = content.get("content_type")
    if kind not in _REASONING and not _whole(content, Counter()).strip():
        return None
    reason = _reason_to_leave_out(message, kind)
    if reason is not None:
        left_out[reason] += 1
        return None
    role = _ROLES[str(mapping(message.get("author")).get("role"))]
    longest = checks.LONGEST_CONTENT if role is Role.USER else LONGEST_REPLY
    whole = _whole(content, left_out)
    if len(whole) > longest:
        left_out["ends of overlong messages"] += 1
        whole = whole.lstrip()
    model = text(mapping(message.get("metadata")).get("model_slug"), longest=checks.LONGEST_NAME)
    return Said(
        role,
        text(whole, longest=longest),
        model.strip() or None if role is Role.ASSISTANT else None,
        moment(message.get("create_time")),
    )


def _reason_to_leave_out(message: dict[str, object], content_type: object) -> str | None:
    role = mapping(message.get("author")).get("role")
    hidden = mapping(message.get("metadata")).get("is_visually_hidden_from_conversation")
    if role == "tool":
        return "messages of tools"
    if hidden is True or message.get("weight") == 0 or content_type in _CONTEXT:
        return "hidden messages"
    if role not in _ROLES:
        return "system messages"
    if content_type in _REASONING:
        return "reasoning"
    return None if message.get("recipient") in (None, "all") else "calls of tools"


def _whole(content: dict[str, object], left_out: Counter[str]) -> str:
    """The text of all parts, as lines."""
    parts = [_part(part, left_out) for part in listed(content.get("parts"))]
    if not parts:
        kept = content.get("text") or content.get("result") or content.get("content")
        parts = [kept if isinstance(kept, str) else ""]
    return "\n".join(part for part in parts if part)


def _part(part: object, left_out: Counter[str]) -> str:
    if isinstance(part, str):
        return part
    fields = mapping(part)
    if isinstance(spoken := fields.get("text"), str):
        return spoken
    kind = str(fields.get("content_type"))
    for word, placeholder, name in _PLACEHOLDERS:
        if word in kind:
            left_out[name] += 1
            return placeholder
    left_out["attachments"] += 1
    return "[attachment]"
