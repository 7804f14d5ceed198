"""Deleting for good: all that a user has, and what nobody has touched for a long time."""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import UUID

from chat.account_ports import UserStore
from chat.drafts import Erased
from chat.events import ConversationDeleted
from chat.live_runs import LiveRuns
from chat.options import Options
from chat.ports import Clock, ConversationStore, EventBus
from chat.telling import tell
from chat.viewers import Viewers

_log = logging.getLogger(__name__)


class Erasure:
    """The right to be forgotten: every row of a user, at once."""

    def __init__(
        self, *, users: UserStore, live: LiveRuns, bus: EventBus, viewers: Viewers
    ) -> None:
        """Keep the collaborators."""
        self._users = users
        self._viewers = viewers
        self._live = live
        self._bus = bus

    async def erase(self, user_id: UUID) -> Erased:
        """Delete the user and all that is theirs; their runs stop, their subscriptions end.

        Their tokens work no longer then.
        """
        await self._live.stop_all_of(user_id)
        erased = await self._users.erase(user_id)
        await self._viewers.forget(user_id)
        for conversation_id in erased.conversation_ids:
            await tell(self._bus, conversation_id, ConversationDeleted(conversation_id))
        await self._live.stop_all_of(user_id)  # one may have been accepted in the meantime
        return erased


class Retention:
    """Deletes conversations that nobody has touched for `retention_days`; start it once.

    Several processes may do it at once. A branch keeps the messages that it shows.
    """

    def __init__(
        self, *, conversations: ConversationStore, bus: EventBus, clock: Clock, options: Options
    ) -> None:
        """Keep the collaborators."""
        self._conversations = conversations
        self._bus = bus
        self._clock = clock
        self._options = options
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and then again and again until `close`; not where everything is kept."""
        days = self._options.retention_days
        if days is not None:
            self._task = asyncio.create_task(self._for_ever(timedelta(days=days)))

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def delete_untouched(self, kept_for: timedelta) -> int:
        """Delete what was last touched longer ago than that; how many conversations that were."""
        since = self._clock.now() - kept_for
        count = 0
        while found := await self._conversations.untouched(since):
            for user_id, conversation_id in found:
                count += await self._delete(user_id, conversation_id, since)
        return count

    async def _delete(self, user_id: UUID, conversation_id: UUID, since: datetime) -> int:
        gone = await self._conversations.delete_untouched(user_id, conversation_id, since=since)
        for one in gone or ():
            await tell(self._bus, one, ConversationDeleted(one))
        return len(gone or ())

    async def _for_ever(self, kept_for: timedelta) -> None:
        while True:
            try:
                count = await self.delete_untouched(kept_for)
            except Exception:  # noqa: BLE001  the next time may work
                _log.exception("deleting untouched conversations failed")
            else:
                if count:
                    _log.info("untouched conversations were deleted", extra={"count": count})
            await self._clock.sleep(self._options.retention_pause_seconds)
