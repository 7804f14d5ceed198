"""What must hold of turns that were acknowledged: their messages are there, once, and stay."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.history.dump import Dump, StoredMessage
from tests.history.log import (
    Accepted,
    Attempted,
    Branched,
    Deleted,
    Deleting,
    Edited,
    Log,
    Refused,
    Regenerated,
)
from tests.history.paths import Path

_MAY_BE_ANSWERED_AGAIN = ("FAILED", "INTERRUPTED")


def check_accepted(log: Log, dump: Dump, paths: Mapping[str, Path]) -> Iterator[str]:
    """Every acknowledged message is there once, with its index and content."""
    for turn in log.all(Accepted):
        path = paths.get(turn.conversation, [])
        for message, index in (
            (turn.user_message, turn.user_index),
            (turn.reply, turn.reply_index),
        ):
            found = [one.index for one in path if one.id == message]
            if turn.conversation in dump.conversations and found != [index]:
                yield f"{message} was acknowledged at {index} and stands at {found}: {turn}"
        stored = dump.messages.get(turn.user_message)
        if stored is not None and stored.content != turn.content:
            yield f"{stored.id} holds {stored.content!r}, which is not what was sent: {turn}"


def check_deleted(log: Log, dump: Dump) -> Iterator[str]:
    """What was deleted is gone, and nothing else is, but for its variants."""
    wanted = {one.conversation for one in log.all(Deleting)}
    deleters = {one.user for one in log.all(Deleting)}
    variants = {
        turn.conversation
        for turn in log.all(Accepted)
        if turn.user in deleters and turn.asked_in not in (None, turn.conversation)
    }
    known = {*dump.conversations, *wanted, *variants}
    for turn in log.all(Accepted):
        if turn.conversation not in known:
            yield f"{turn.conversation} is gone and nobody deleted it: {turn}"
    for branched in log.all(Branched):
        if branched.child not in known:
            yield f"{branched.child} is gone and nobody deleted it: {branched}"
    for deleted in log.all(Deleted):
        if deleted.conversation in dump.conversations:
            yield f"{deleted.conversation} is still there: {deleted}"


def check_contents(log: Log, dump: Dump) -> Iterator[str]:
    """A key makes one user message at the most, and none when it was only ever refused.

    A database that broke off may have stored what was refused with INTERNAL. A key goes with its
    run when that is deleted, though a branch may still show the user message.
    """
    deleters = {one.user for one in log.all(Deleting)}
    stored: dict[str, list[str]] = {}
    for message in dump.messages.values():
        if message.role == "USER":
            stored.setdefault(message.content, []).append(message.id)
    asked = Counter(one.key for one in log.all(Attempted))
    refused = Counter(one.key for one in log.all(Refused) if one.code != "INTERNAL")
    for key, attempt in {one.key: one for one in log.all(Attempted)}.items():
        found = stored.get(attempt.content, []) if attempt.content is not None else []
        if len(found) > 1 and attempt.user not in deleters:
            yield f"the key {key} made several user messages: {found}"
        if found and asked[key] == refused[key]:
            yield f"the key {key} was only ever refused, and made {found}"


def check_variants(log: Log, dump: Dump) -> Iterator[str]:
    """An edit makes a variant before the message, a regeneration one before the reply."""
    deleters = {one.user for one in log.all(Deleting)}
    for turn in log.all(Edited):
        original = dump.messages.get(turn.original)
        if original is not None and turn.user not in deleters:
            yield from _check_variant(turn, original, dump, "EDIT", turn.user_index)
    for again in log.all(Regenerated):
        reply = dump.messages.get(again.original)
        if reply is None or again.user in deleters:
            continue
        if again.conversation != reply.conversation:
            yield from _check_variant(again, reply, dump, "REGENERATION", again.reply_index)
        elif reply.status not in _MAY_BE_ANSWERED_AGAIN:
            yield f"{reply.status} {reply.id} was answered again in its conversation: {again}"


def _check_variant(
    turn: Accepted, original: StoredMessage, dump: Dump, kind: str, index: int
) -> Iterator[str]:
    variant = dump.conversations.get(turn.conversation)
    if variant is None:
        return  # found by check_deleted
    expected = (kind, original.index, original.conversation)
    found = (variant.branch_kind, variant.branched_at_index, variant.parent)
    if found != expected or index != original.index:
        yield f"{variant.id} is {found}, not the variant {expected}: {turn}"
    parent = dump.conversations.get(original.conversation)
    if parent is not None and variant.root != _root_of(parent.id, dump):
        yield f"{variant.id} has the root {variant.root} and not its family's: {turn}"


def _root_of(conversation: str, dump: Dump) -> str:
    """The conversation that those of its family vary: a root, or a branch for a topic."""
    found = dump.conversations[conversation]
    if found.branch_kind not in ("EDIT", "REGENERATION") or found.parent is None:
        return conversation
    return _root_of(found.parent, dump)
