"""The open runs of a conversation: who is before a new one, and starting the one whose turn it is.

At most one run goes on in a conversation. The others wait, in the order of their replies' indexes,
and the conversation's active run is always the first of them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chat import budget
from chat.drafts import Lease, OpenedRun
from chat.history import HistoryLimits
from chat.records import Conversation, Message, MessageStatus, Run, RunStatus
from db import leases, rows
from db.database import Transaction
from db.paths import read_window
from db.settling import message_of
from db.usage import reserve_again
from db.writing import lock_conversation


@dataclass(frozen=True, slots=True)
class Queue:
    """The open runs of a conversation; `reply_tokens` is the most that their replies may have."""

    running_id: UUID | None = None
    waiting: int = 0
    reply_tokens: int = 0

    @property
    def busy(self) -> bool:
        """Whether a new run has to wait."""
        return self.running_id is not None or self.waiting > 0


async def start_run(
    transaction: Transaction, run_id: UUID, *, lease: Lease, history: HistoryLimits
) -> OpenedRun | None:
    """Start a run that waited; None when it is not its turn, or it waits no longer."""
    row = await transaction.row(
        "SELECT user_id, conversation_id FROM runs WHERE id = :id", id=run_id
    )
    if row is None:
        return None
    user_id, conversation_id = rows.uuid(row["user_id"]), rows.uuid(row["conversation_id"])
    conversation = await lock_conversation(transaction, user_id, conversation_id)
    if conversation is None or conversation.active_run_id != run_id:
        return None
    run = rows.run((await transaction.rows(_RUN_BY_ID, id=run_id))[0])
    if run.status is not RunStatus.QUEUED:
        return None
    user_message = await message_of(transaction, run.user_message_id)
    window = await window_of(transaction, conversation, user_message, history)
    run = await _started(transaction, run, lease, sent=prompt_tokens(conversation, window))
    reply = await message_of(transaction, run.reply_id)
    return OpenedRun(conversation, run, user_message, reply, repeated=False, window=window)


_RUN_BY_ID = f"SELECT {rows.RUN} FROM runs WHERE id = :id"


async def _started(transaction: Transaction, run: Run, lease: Lease, *, sent: int) -> Run:
    """The run under a lease; what it reserves is now known more exactly."""
    found = await transaction.rows(
        "UPDATE runs SET status = :status, lease_owner = :lease_owner, "
        f"lease_expires_at = {leases.UNTIL}, prompt_tokens = :prompt_tokens, "
        f"reserved_tokens = :reserved_tokens WHERE id = :id RETURNING {rows.RUN}",
        status=RunStatus.RUNNING,
        lease_owner=lease.owner,
        lease_seconds=lease.seconds,
        prompt_tokens=sent,
        reserved_tokens=run.reserved_tokens - run.prompt_tokens + sent,
        id=run.id,
    )
    after = rows.run(found[0])
    await transaction.rows(
        "UPDATE messages SET status = :status WHERE id = :id",
        status=MessageStatus.STREAMING,
        id=after.reply_id,
    )
    await reserve_again(transaction, run, tokens=after.reserved_tokens)
    return after


async def queue_of(transaction: Transaction, conversation: Conversation) -> Queue:
    """Who is before a new run; without an active one there is nobody."""
    if conversation.active_run_id is None:
        return Queue()
    found = await transaction.rows(
        "SELECT id, status, reserved_tokens - prompt_tokens AS reply_tokens FROM runs "
        "WHERE conversation_id = :id AND status IN ('QUEUED', 'RUNNING')",
        id=conversation.id,
    )
    running = [rows.uuid(row["id"]) for row in found if row["status"] == RunStatus.RUNNING]
    return Queue(
        running_id=running[0] if running else None,
        waiting=len(found) - len(running),
        reply_tokens=sum(row["reply_tokens"] for row in found),
    )


async def window_of(
    transaction: Transaction,
    conversation: Conversation,
    user_message: Message,
    limits: HistoryLimits,
) -> tuple[Message, ...]:
    """What is sent to the model to answer `user_message`, the prompt in force aside."""
    return await read_window(
        transaction,
        user_id=conversation.user_id,
        conversation_id=conversation.id,
        stop=user_message.index,
        newest=user_message,
        limits=limits,
    )


def prompt_tokens(conversation: Conversation, window: Sequence[Message]) -> int:
    """The estimate for a request with this window."""
    prompt = [conversation.system_prompt] if conversation.system_prompt else []
    return budget.request_tokens([*prompt, *(one.content for one in window)])
