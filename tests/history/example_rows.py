"""What is stored in the example of a history: see `example`."""

from dataclasses import replace
from typing import Any

from tests.history.dump import (
    StoredConversation,
    StoredMessage,
    StoredRun,
    StoredSegment,
    StoredUsage,
)

_MONTH = "2026-11"


def stored_conversations() -> dict[str, StoredConversation]:
    """The conversation, its branch and its variants."""
    made = [
        _conversation("A", 5, 130),
        _conversation("B", 4, 20, branched_at_index=2, branch_kind="TOPIC"),
        _conversation("E", 4, 12, branched_at_index=2, branch_kind="EDIT", root="A"),
        _conversation("R", 2, 8, branched_at_index=1, branch_kind="REGENERATION", root="A"),
    ]
    return {one.id: one for one in made}


def _conversation(id_: str, next_index: int, used: int, **more: Any) -> StoredConversation:
    basis = StoredConversation(
        id=id_,
        user="Ann",
        parent=None if id_ == "A" else "A",
        branched_at_index=None,
        branch_kind=None,
        root=None,
        next_index=next_index,
        active_run=None,
        tokens_used=used,
    )
    return replace(basis, **more)


def stored_segments() -> list[StoredSegment]:
    """Each fork shares what lies before it."""
    forks = {"B": 2, "E": 2, "R": 1}
    shared = [_segment(id_, 0, "A", 0, fork) for id_, fork in forks.items()]
    own = [_segment(id_, 1, id_, fork, None) for id_, fork in forks.items()]
    return [_segment("A", 0, "A", 0, None), *shared, *own]


def _segment(
    conversation: str, position: int, source: str, from_index: int, to_index: int | None
) -> StoredSegment:
    return StoredSegment(
        conversation=conversation,
        position=position,
        source=source,
        from_index=from_index,
        to_index=to_index,
    )


def stored_messages() -> dict[str, StoredMessage]:
    """What they wrote, and what they were answered."""
    made = [
        _message("A0", "Hello"),
        _message("A1", "Hi there", tokens_used=10),
        _message("A2", "And then?"),
        _message("A3", "Well", status="INTERRUPTED", tokens_used=20),
        _message("A4", "Well, that's it", tokens_used=30),
        _message("B2", "Aside"),
        _message("B3", "", status="FAILED", error_code="MODEL_UNAVAILABLE", tokens_used=10),
        _message("E2", "And now?"),
        _message("E3", "No", status="STOPPED", tokens_used=2),
        _message("R1", "Good day", tokens_used=3),
    ]
    return {one.id: one for one in made}


def _message(id_: str, content: str, **more: Any) -> StoredMessage:
    """The id says where it stands; user messages are those that no run answers with."""
    basis = StoredMessage(
        id=id_,
        user="Ann",
        conversation=id_[0],
        index=int(id_[1]),
        role="USER" if id_ in {"A0", "A2", "B2", "E2"} else "ASSISTANT",
        content=content,
        status="COMPLETE",
        error_code=None,
        tokens_used=None,
    )
    return replace(basis, **more)


def stored_runs() -> dict[str, StoredRun]:
    """The turns; the second user message has two."""
    made = [
        _run("run 1", "A0", "A1", key="key 1", prompt_tokens=10, started_at=100),
        _run("run 2", "A2", "A3", key=None, prompt_tokens=20, started_at=110, seconds=18),
        _run("run 3", "A2", "A4", key="key 2", prompt_tokens=40, started_at=130),
        _run("run 4", "B2", "B3", key="key 3", prompt_tokens=10, started_at=140),
        _run("run 5", "E2", "E3", key="key 4", prompt_tokens=10, started_at=150),
        _run("run 6", "A0", "R1", key="key 5", prompt_tokens=5, started_at=160),
    ]
    return {one.id: one for one in made}


def _run(
    id_: str, user_message: str, reply: str, *, started_at: float, seconds: float = 5, **more: Any
) -> StoredRun:
    return StoredRun(
        id=id_,
        user="Ann",
        conversation=reply[0],
        user_message=user_message,
        reply=reply,
        status=stored_messages()[reply].status,
        month=_MONTH,
        started_at=started_at,
        first_token_at=started_at + 1,
        finished_at=started_at + seconds,
        **more,
    )


def stored_usage() -> dict[str, StoredUsage]:
    """What both used."""
    ann = StoredUsage(user="Ann", month=_MONTH, used=170, reserved=0)
    return {"Ann": ann, "Ben": replace(ann, user="Ben", used=7)}
