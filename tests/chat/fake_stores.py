"""The stores in memory, as small as the tests need; that of the runs has a module of its own."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from chat.drafts import (
    BranchDraft,
    ConversationChanges,
    ConversationDraft,
    ConversationFilter,
    Erased,
)
from chat.errors import StoreUnavailableError
from chat.identifiers import uuid7
from chat.paging import IndexWindow, KeysetRange
from chat.records import (
    ApiToken,
    Conversation,
    Message,
    MessagePlace,
    MonthlyUsage,
    Run,
    User,
    Viewer,
)
from tests.chat.examples import a_conversation

Wanted = tuple[UUID, int, int]


@dataclass(slots=True)
class Tables:
    """What the stores share."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict[UUID, Conversation])
    messages: dict[UUID, Message] = field(default_factory=dict[UUID, Message])
    runs: dict[UUID, Run] = field(default_factory=dict[UUID, Run])

    def put(self, *records: Conversation | Message | Run) -> None:
        """Store records, or put them in place of what they were before."""
        for record in records:
            match record:
                case Conversation():
                    self.conversations[record.id] = record
                case Message():
                    self.messages[record.id] = record
                case Run():
                    self.runs[record.id] = record

    def path(self, conversation_id: UUID) -> list[Message]:
        """The messages of a conversation, in order."""
        found = [one for one in self.messages.values() if one.conversation_id == conversation_id]
        return sorted(found, key=lambda message: message.index)


class FakeMessages:
    """The `MessageStore` port; while it is `away`, it finds nothing by id."""

    def __init__(self, tables: Tables) -> None:
        """Read these tables."""
        self._tables = tables
        self.away = False
        self.wanted: list[Wanted] = []

    async def ranges(
        self, user_id: UUID, wanted: Sequence[Wanted]
    ) -> dict[Wanted, Sequence[Message]]:
        """For each (conversation, from, to) the messages in that range."""
        self.wanted.extend(wanted)
        return {one: self._range(user_id, *one) for one in wanted}

    def _range(self, user_id: UUID, conversation_id: UUID, low: int, high: int) -> list[Message]:
        path = self._tables.path(conversation_id)
        return [one for one in path if one.user_id == user_id and low <= one.index < high]

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Message]:
        """Those that are the user's."""
        if self.away:
            raise StoreUnavailableError
        found = (self._tables.messages[one] for one in ids if one in self._tables.messages)
        return {one.id: one for one in found if one.user_id == user_id}

    async def variants(
        self, user_id: UUID, places: Sequence[MessagePlace]
    ) -> dict[MessagePlace, Sequence[Message]]:
        """No rule reads alternatives."""
        raise NotImplementedError


class FakeConversations:
    """The `ConversationStore` port, without its lists."""

    def __init__(self, tables: Tables) -> None:
        """Keep conversations in these tables."""
        self._tables = tables
        self.drafts: list[ConversationDraft] = []
        self.changes: list[ConversationChanges] = []
        self.branches: list[BranchDraft] = []
        self.appends: list[Message] = []
        self.variants: list[UUID] = []
        self.touched: set[UUID] = set()

    async def create(
        self, user_id: UUID, draft: ConversationDraft, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]]:
        """Store an empty conversation."""
        self.drafts.append(draft)
        conversation = started(user_id, draft, now)
        self._tables.put(conversation)
        return conversation, []

    async def update(
        self, user_id: UUID, conversation_id: UUID, changes: ConversationChanges, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """Remember what should change; `appends` are the messages that it appended."""
        self.changes.append(changes)
        found = await self.by_id(user_id, [conversation_id])
        if conversation_id not in found:
            return None
        return replace(found[conversation_id], updated_at=now), self.appends

    async def branch(
        self, user_id: UUID, conversation_id: UUID, draft: BranchDraft, *, now: datetime
    ) -> Conversation:
        """Remember what should be forked, and store an empty conversation."""
        self.branches.append(draft)
        parent = self._tables.conversations[conversation_id]
        branch = replace(parent, id=uuid7(), user_id=user_id, parent_id=parent.id, created_at=now)
        self._tables.put(branch)
        return branch

    async def delete(self, user_id: UUID, conversation_id: UUID) -> Sequence[UUID] | None:
        """Delete a conversation, and tell that `variants` went with it."""
        if conversation_id not in await self.by_id(user_id, [conversation_id]):
            return None
        del self._tables.conversations[conversation_id]
        return [conversation_id, *self.variants]

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        """Those that are the user's."""
        found = (
            self._tables.conversations[one] for one in ids if one in self._tables.conversations
        )
        return {one.id: one for one in found if one.user_id == user_id}

    async def untouched(self, since: datetime) -> Sequence[tuple[UUID, UUID]]:
        """Those that nobody has touched since then."""
        found = self._tables.conversations.values()
        return [(one.user_id, one.id) for one in found if one.updated_at < since]

    async def delete_untouched(
        self, user_id: UUID, conversation_id: UUID, *, since: datetime
    ) -> Sequence[UUID] | None:
        """Delete it, unless `touched` says that somebody was quicker."""
        if conversation_id in self.touched:
            found = self._tables.conversations[conversation_id]
            self._tables.put(replace(found, updated_at=since))
            return None
        return await self.delete(user_id, conversation_id)

    async def with_messages(
        self, user_id: UUID, conversation_id: UUID, window: IndexWindow
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """No rule reads a page."""
        raise NotImplementedError

    async def page(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[Conversation]:
        """No rule reads a list."""
        raise NotImplementedError

    async def page_with_last_messages(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[tuple[Conversation, Message | None]]:
        """No rule reads a list."""
        raise NotImplementedError

    async def count(self, user_id: UUID, wanted: ConversationFilter) -> int:
        """No rule reads a list."""
        raise NotImplementedError

    async def branch_pages(
        self, user_id: UUID, parents: Sequence[UUID], keyset: KeysetRange
    ) -> dict[UUID, Sequence[Conversation]]:
        """No rule reads a list."""
        raise NotImplementedError

    async def branch_counts(self, user_id: UUID, parents: Sequence[UUID]) -> dict[UUID, int]:
        """No rule reads a list."""
        raise NotImplementedError


class FakeUsers:
    """The `UserStore` port."""

    def __init__(self, users: Iterable[User] = ()) -> None:
        """Start with these users."""
        self.known = {user.id: user for user in users}
        self.subjects: dict[str, UUID] = {}
        self.hashes: dict[str, ApiToken] = {}
        self.used: dict[tuple[UUID, str], MonthlyUsage] = {}
        self.expired_before: list[datetime] = []
        self.erased = Erased((), 0)

    async def authenticate(self, token_hash: str, *, now: datetime) -> Viewer | None:
        """Who holds this token."""
        token = self.hashes.get(token_hash)
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        return Viewer(self.known[token.user_id], token, token.expires_at)

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        """Store a user; None when the address or the subject is taken."""
        if await self.user_by_email(user.email) is not None or subject in self.subjects:
            return None
        self.known[user.id] = user
        if subject is not None:
            self.subjects[subject] = user.id
        return user

    async def user_by_subject(self, subject: str) -> User | None:
        """The user with these claims."""
        return self.known.get(self.subjects.get(subject, uuid7()))

    async def user_by_email(self, email: str) -> User | None:
        """The user with this address."""
        return next((user for user in self.known.values() if user.email == email), None)

    async def set_token_limit(self, user_id: UUID, token_limit: int | None) -> User | None:
        """Set a user's own limit."""
        if user_id not in self.known:
            return None
        self.known[user_id] = replace(self.known[user_id], token_limit=token_limit)
        return self.known[user_id]

    async def add_token(self, token: ApiToken, *, token_hash: str) -> ApiToken:
        """Store a token's hash."""
        self.hashes[token_hash] = token
        return token

    async def revoke_token(self, token_id: UUID, *, user_id: UUID | None = None) -> bool:
        """Delete a token."""
        for token_hash, token in self.hashes.items():
            if token.id == token_id and user_id in (None, token.user_id):
                del self.hashes[token_hash]
                return True
        return False

    async def delete_expired_tokens(self, now: datetime) -> int:
        """Remember that it was asked for."""
        self.expired_before.append(now)
        return 0

    async def tokens(self, user_id: UUID) -> Sequence[ApiToken]:
        """A user's tokens."""
        return [token for token in self.hashes.values() if token.user_id == user_id]

    async def tokens_by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ApiToken]:
        """Those that are the user's."""
        return {token.id: token for token in await self.tokens(user_id) if token.id in ids}

    async def gone(
        self, *, token_ids: Collection[UUID], user_ids: Collection[UUID]
    ) -> frozenset[UUID]:
        """Those that are there no longer."""
        there = {token.id for token in self.hashes.values()} | set(self.known)
        return frozenset([*token_ids, *user_ids]) - there

    async def erase(self, user_id: UUID) -> Erased:
        """Forget a user; `erased` tells what else there was."""
        del self.known[user_id]
        return self.erased

    async def usage(self, user_id: UUID, month: str) -> MonthlyUsage:
        """What the user used in that month."""
        return self.used.get((user_id, month), MonthlyUsage(month, 0, 0))


def started(user_id: UUID, draft: ConversationDraft, now: datetime) -> Conversation:
    """An empty conversation, as it was asked for."""
    return a_conversation(
        user_id,
        name=draft.name,
        model=draft.model,
        system_prompt=draft.system_prompt,
        temperature=draft.temperature,
        max_tokens=draft.max_tokens,
        created_at=now,
    )
