"""Files of Parley's own format, written by hand: a root with a variant and a branch."""

import json
from io import BytesIO
from typing import Any
from uuid import UUID

USER = UUID(int=77)
ROOT = "01900000-0000-7000-8000-000000000001"
EDIT = "01900000-0000-7000-8000-000000000002"
TOPIC = "01900000-0000-7000-8000-000000000003"
TIME = "2026-11-24T12:00:00Z"

Line = dict[str, Any]


def header(**changes: Any) -> Line:
    """The first line."""
    return {"type": "header", "format": "parley", "version": 1, **changes}


def conversation(id_: str = ROOT, **changes: Any) -> Line:
    """A root without messages."""
    return {
        "type": "conversation",
        "family": ROOT,
        "id": id_,
        "name": "N",
        "model": "m",
        "messageCount": 0,
        "createdAt": TIME,
        "updatedAt": TIME,
        "path": [segment(id_, 0)],
        **changes,
    }


def segment(source: str, start: int, stop: int | None = None) -> Line:
    """A segment."""
    return {"source": source, "from": start, "to": stop}


def message(index: int, role: str = "USER", **changes: Any) -> Line:
    """A message."""
    return {
        "type": "message",
        "id": f"01900000-0000-7000-8000-{index:012}",
        "index": index,
        "role": role,
        "content": f"text {index}",
        "status": "COMPLETE",
        "createdAt": TIME,
        **changes,
    }


def reply(index: int, answers: int, **changes: Any) -> Line:
    """A reply with its run."""
    run = {"answers": answers, "promptTokens": 3, "startedAt": TIME, "finishedAt": TIME}
    return message(index, "ASSISTANT", **{"run": run, **changes})


def end(conversations: int, messages: int) -> Line:
    """The last line."""
    return {"type": "end", "conversations": conversations, "messages": messages}


def variant(id_: str = EDIT, at: int = 2, **changes: Any) -> Line:
    """A variant that shares `at` messages with the root."""
    return conversation(
        id_,
        **{
            "parent": ROOT,
            "root": ROOT,
            "branchKind": "EDIT",
            "branchedAtIndex": at,
            "messageCount": at,
            "path": [segment(ROOT, 0, at), segment(id_, at)],
            **changes,
        },
    )


def family() -> list[Line]:
    """A root of four messages with a prompt, a variant of its second question, and a branch."""
    return [
        header(),
        conversation(messageCount=5, systemPrompt="P", activeVariant=EDIT),
        message(0, "SYSTEM", content="P"),
        message(1),
        reply(2, 1),
        message(3),
        reply(4, 3),
        variant(at=3, messageCount=5, systemPrompt="P"),
        message(3, content="edited"),
        reply(4, 3),
        variant(
            TOPIC,
            branchKind="TOPIC",
            root=None,
            at=5,
            messageCount=6,
            path=[segment(ROOT, 0, 5), segment(TOPIC, 5)],
            systemPrompt=None,
        ),
        message(5, "SYSTEM", content=""),
        end(3, 8),
    ]


def source_last() -> list[Line]:
    """A branch before the conversation that its question was written in."""
    return [
        header(),
        conversation(
            messageCount=3,
            branchKind="TOPIC",
            branchedAtIndex=1,
            path=[segment(TOPIC, 0, 1), segment(ROOT, 1)],
        ),
        message(1),
        reply(2, 0),
        conversation(TOPIC, messageCount=1),
        message(0),
        end(2, 3),
    ]


def file(lines: list[Line]) -> BytesIO:
    """The lines as a file."""
    return BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
