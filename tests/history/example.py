"""A small history made by hand, without a violation; tests plant errors in it.

Ann has a conversation A of two turns, the second of which was interrupted and answered again; a
branch B of it; an edit E of its second message; and a regeneration R of its first reply. Ben
deleted all he had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.history.checker import check
from tests.history.dump import (
    Dump,
    StoredConversation,
    StoredMessage,
    StoredRun,
    StoredSegment,
    StoredUsage,
)
from tests.history.example_rows import (
    stored_conversations,
    stored_messages,
    stored_runs,
    stored_segments,
    stored_usage,
)
from tests.history.log import (
    Accepted,
    AnyEntry,
    Attempted,
    Branched,
    Deleted,
    Deleting,
    Disturbed,
    Edited,
    Entry,
    Killed,
    Listened,
    Log,
    Overheard,
    Paged,
    Refused,
    Regenerated,
    Repeated,
    Seen,
    Sent,
    Shown,
    Stopped,
    Streamed,
)


@dataclass
class Example:
    """What clients saw and what is stored, open to changes."""

    entries: list[Entry | Disturbed]
    conversations: dict[str, StoredConversation]
    messages: dict[str, StoredMessage]
    runs: dict[str, StoredRun]
    segments: list[StoredSegment]
    usage: dict[str, StoredUsage]

    def violations(self) -> list[str]:
        """What the checker finds."""
        dump = Dump(
            conversations=self.conversations,
            messages=self.messages,
            runs=self.runs,
            segments=tuple(self.segments),
            usage=tuple(self.usage.values()),
        )
        return check(Log(self.entries), dump)

    def finds(self, words: str) -> bool:
        """Whether the checker tells of a violation with these words."""
        return any(words in violation for violation in self.violations())

    def conversation(self, id_: str, **changes: Any) -> None:
        """Store a conversation otherwise."""
        self.conversations[id_] = replace(self.conversations[id_], **changes)

    def message(self, id_: str, **changes: Any) -> None:
        """Store a message otherwise."""
        self.messages[id_] = replace(self.messages[id_], **changes)

    def run(self, id_: str, **changes: Any) -> None:
        """Store a run otherwise."""
        self.runs[id_] = replace(self.runs[id_], **changes)

    def booked(self, user: str, **changes: Any) -> None:
        """Store a user's usage otherwise."""
        self.usage[user] = replace(self.usage[user], **changes)

    def saw(self, kind: type[AnyEntry], **changes: Any) -> None:
        """Let somebody see the first thing of this kind otherwise."""
        place, entry = next(
            (place, one) for place, one in enumerate(self.entries) if isinstance(one, kind)
        )
        self.entries[place] = replace(entry, **changes)

    def also_saw(self, kind: type[AnyEntry], **changes: Any) -> None:
        """Let somebody see the first thing of this kind once more, otherwise."""
        entry = next(one for one in self.entries if isinstance(one, kind))
        self.entries.append(replace(entry, **changes))


def clean() -> Example:
    """The history without an error."""
    return Example(
        _entries(),
        stored_conversations(),
        stored_messages(),
        stored_runs(),
        stored_segments(),
        stored_usage(),
    )


def _entries() -> list[Entry | Disturbed]:
    return [
        *_asked(1, 2, 3, 4, 5),
        _turn(Sent, 1, "run 1", asked_in=None, on_busy="REJECT"),
        _turn(Sent, 2, "run 2", asked_in="A", on_busy="ENQUEUE"),
        Killed(at=112, back_at=114),
        _turn(Repeated, 2, "run 3", asked_in="A"),
        _turn(Repeated, 2, "run 3", asked_in="A", asked_at=137, at=138),
        Branched(
            **_stamp(139),
            parent="A",
            child="B",
            at_index=2,
            prefix=(Shown("A0", 0, "Hello"), Shown("A1", 1, "Hi there")),
        ),
        _turn(Sent, 3, "run 4", asked_in="B", on_busy="REJECT"),
        _turn(Edited, 4, "run 5", asked_in="A", original="A2"),
        Stopped(**_stamp(152), run="run 5", status="STOPPED"),
        _turn(Regenerated, 5, "run 6", asked_in="A", original="A1"),
        Attempted(**_stamp(165), key="key 6", content="Me too"),
        Refused(**_stamp(165), operation="sendMessage", code="CONVERSATION_BUSY", key="key 6"),
        *_read(),
        *_deleted(),
    ]


def _stamp(at: float, user: str = "Ann") -> Mapping[str, Any]:
    return {"asked_at": at - 1, "at": at, "user": user}


def _asked(*numbers: int) -> list[Entry]:
    contents = ["Hello", "And then?", "Aside", "And now?", None]
    return [
        Attempted(**_stamp(99), key=f"key {number}", content=contents[number - 1])
        for number in numbers
    ]


def _turn(kind: type[Accepted], number: int, run: str, **more: Any) -> Accepted:
    """A turn as it was acknowledged when its run was over, except for the interrupted one."""
    stored, messages = stored_runs()[run], stored_messages()
    over = stored.status != "INTERRUPTED"
    values = {
        **_stamp(stored.started_at + 6),
        "key": f"key {number}",
        "content": messages[stored.user_message].content,
        "conversation": stored.conversation,
        "run": run,
        "run_status": stored.status if over else "RUNNING",
        "user_message": stored.user_message,
        "user_index": messages[stored.user_message].index,
        "reply": stored.reply,
        "reply_index": messages[stored.reply].index,
    }
    return kind(**{**values, **more})


def _read() -> list[Entry]:
    return [
        Seen(**_stamp(170), message="A1", status="COMPLETE", content="Hi there"),
        Seen(**_stamp(171), message="A1", status="COMPLETE", content="Hi there"),
        Paged(**_stamp(170), conversation="A", indexes=(0, 1, 2, 3, 4)),
        Streamed(
            **_stamp(170),
            subscription=1,
            message="A4",
            pieces=((0, "Well, "), (6, "that's "), (13, "it")),
            content="Well, that's it",
        ),
        Overheard(**_stamp(112), message="A3", pieces=((0, "We"), (2, "ll,"))),
        Listened(
            **_stamp(170),
            subscription=1,
            conversation="A",
            after_index=1,
            indexes=(2, 3, 4),
            resumed=True,
        ),
    ]


def _deleted() -> list[Entry]:
    sent = _turn(Sent, 7, "run 1", asked_in=None, on_busy="REJECT")
    return [
        replace(sent, user="Ben", conversation="D", run="run 7", user_message="D0", reply="D1"),
        Deleting(**_stamp(180, "Ben"), conversation="D"),
        Deleted(**_stamp(180, "Ben"), conversation="D"),
    ]
