"""Batches: what many objects of one answer need is read by one statement.

Nothing is cached. A socket's context lives as long as the socket, and a cache there would serve
yesterday's rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from chat.application import Application
from chat.paging import KeysetRange
from chat.records import ApiToken, Conversation, Message, MessagePlace, Run
from resolvers.allowance import Allowance

Key = TypeVar("Key")
Value = TypeVar("Value")
MessageRange = tuple[UUID, int, int]
BranchPage = tuple[UUID, KeysetRange]
_MESSAGES_AT_ONCE = 1000


def _loader(
    read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]],
) -> DataLoader[Key, Value | None]:
    """A loader that reads each key of a batch once; None for what is not there."""

    async def load(keys: list[Key]) -> list[Value | None]:
        found = await read(list(dict.fromkeys(keys)))
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load, cache=False)


class Loaders:
    """The loaders of one viewer."""

    def __init__(self, application: Application, user_id: UUID, allowance: Allowance) -> None:
        """Everything is read as this user, and no more than an answer may hold."""
        self._application = application
        self._allowance = allowance
        self._user_id = user_id
        self._reading = asyncio.Lock()

    @cached_property
    def conversation(self) -> "DataLoader[UUID, Conversation | None]":
        """Conversations by their ids."""
        return _loader(self._conversations)

    @cached_property
    def message(self) -> "DataLoader[UUID, Message | None]":
        """Messages by their ids."""
        return _loader(self._messages)

    @cached_property
    def run(self) -> "DataLoader[UUID, Run | None]":
        """Runs by their ids."""
        return _loader(self.runs)

    @cached_property
    def token(self) -> "DataLoader[UUID, ApiToken | None]":
        """API tokens by their ids."""
        return _loader(self._tokens)

    @cached_property
    def message_range(self) -> "DataLoader[MessageRange, Sequence[Message] | None]":
        """Messages by conversation and range of indexes."""
        return _loader(self.message_ranges)

    @cached_property
    def variants(self) -> "DataLoader[MessagePlace, Sequence[Message] | None]":
        """The alternatives of messages."""
        return _loader(self._variants)

    @cached_property
    def branch_page(self) -> "DataLoader[BranchPage, Sequence[Conversation] | None]":
        """Pages of branches."""
        return _loader(self._branch_pages)

    @cached_property
    def branch_count(self) -> "DataLoader[UUID, int | None]":
        """How many branches conversations have."""
        return _loader(self._branch_counts)

    async def _conversations(self, keys: Sequence[UUID]) -> dict[UUID, Conversation]:
        return await self._application.conversation_store.by_id(self._user_id, keys)

    async def _messages(self, keys: Sequence[UUID]) -> dict[UUID, Message]:
        return await self._application.message_store.by_id(self._user_id, keys)

    async def runs(self, keys: Sequence[UUID]) -> Mapping[UUID, Run]:
        """Runs by their ids, of which none costs nothing."""
        if not keys:
            return {}
        return await self._application.run_store.by_id(self._user_id, keys)

    async def _tokens(self, keys: Sequence[UUID]) -> dict[UUID, ApiToken]:
        return await self._application.user_store.tokens_by_id(self._user_id, keys)

    async def message_ranges(
        self, keys: Sequence[MessageRange]
    ) -> Mapping[MessageRange, Sequence[Message]]:
        """One statement, unless so many messages are wanted that they might fill the memory.

        For the same reason one call is served after the other.
        """
        found: dict[MessageRange, Sequence[Message]] = {}
        async with self._reading:
            for some in _portions(keys):
                found |= await self._application.message_store.ranges(self._user_id, some)
                self._allowance.check(message for page in found.values() for message in page)
        return found

    async def _variants(
        self, keys: Sequence[MessagePlace]
    ) -> Mapping[MessagePlace, Sequence[Message]]:
        return await self._application.message_store.variants(self._user_id, keys)

    async def _branch_pages(
        self, keys: Sequence[BranchPage]
    ) -> dict[BranchPage, Sequence[Conversation]]:
        """One statement for each way of paging, of which an operation has one or two."""
        found: dict[BranchPage, Sequence[Conversation]] = {}
        for keyset in dict.fromkeys(keyset for _, keyset in keys):
            parents = [parent for parent, other in keys if other == keyset]
            pages = await self._application.conversation_store.branch_pages(
                self._user_id, parents, keyset
            )
            found |= {(parent, keyset): page for parent, page in pages.items()}
        return found

    async def _branch_counts(self, keys: Sequence[UUID]) -> dict[UUID, int]:
        return await self._application.conversation_store.branch_counts(self._user_id, keys)


def _portions(ranges: Sequence[MessageRange]) -> Iterator[list[MessageRange]]:
    """The ranges in groups that hold about as many messages as one statement should read."""
    portion: list[MessageRange] = []
    size = 0
    for one in ranges:
        portion.append(one)
        size += one[2] - one[1]
        if size >= _MESSAGES_AT_ONCE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
