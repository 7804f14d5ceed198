"""Making, changing, forking and deleting conversations: the checks, the store, the events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chat import checks
from chat.drafts import BranchDraft, ConversationChanges, ConversationDraft
from chat.errors import BadUserInputError, NotFoundError
from chat.events import ConversationDeleted
from chat.options import Options
from chat.ports import Clock, ConversationStore, EventBus
from chat.prompts import PromptPresets
from chat.records import Conversation
from chat.telling import tell, tell_added

DEFAULT_NAME = "New conversation"
_LONGEST_DERIVED_NAME = 60


@dataclass(frozen=True, slots=True)
class NewConversation:
    """Input of createConversation; None means left out."""

    name: str | None = None
    model: str | None = None
    preset: str | None = None
    system_prompt: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class NewBranch:
    """Input of branchConversation; None means left out."""

    at_message_id: UUID | None = None
    topic: str | None = None
    name: str | None = None
    system_prompt: str | None = None
    model: str | None = None


class RunStopper(Protocol):
    """The one thing that a delete needs of the live runs."""

    async def stop_in(self, conversation_id: UUID) -> None:
        """Stop the conversation's run and wait until it is settled."""
        ...


class Conversations:
    """The verbs on conversations, sending aside."""

    def __init__(
        self,
        *,
        store: ConversationStore,
        runs: RunStopper,
        bus: EventBus,
        clock: Clock,
        presets: PromptPresets,
        options: Options,
    ) -> None:
        """Keep the collaborators."""
        self._store = store
        self._runs = runs
        self._bus = bus
        self._clock = clock
        self._presets = presets
        self._options = options

    async def create(self, user_id: UUID, new: NewConversation) -> Conversation:
        """Store a conversation; one with a prompt starts with a system message."""
        draft = ConversationDraft(
            name=DEFAULT_NAME if new.name is None else checks.name("name", new.name),
            model=self._model(new.model),
            system_prompt=self._prompt(new),
            temperature=checks.temperature(new.temperature),
            max_tokens=checks.max_tokens(new.max_tokens),
        )
        conversation, _ = await self._store.create(user_id, draft, now=self._clock.now())
        return conversation

    def _prompt(self, new: NewConversation) -> str | None:
        """The prompt asked for; a system prompt goes before a preset."""
        preset = None if new.preset is None else self._presets.prompt(new.preset)
        return _prompt(new.system_prompt) or preset

    async def update(
        self, user_id: UUID, conversation_id: UUID, changes: ConversationChanges
    ) -> Conversation:
        """Change what is named in `changes`; None clears a column that may be empty."""
        checked = ConversationChanges(self._checked(changes), changes.archived)
        updated = await self._store.update(user_id, conversation_id, checked, now=self._clock.now())
        if updated is None:
            raise NotFoundError(field="id")
        conversation, appended = updated
        await tell_added(self._bus, appended)
        return conversation

    def _checked(self, changes: ConversationChanges) -> dict[str, object]:
        """The columns with their values checked; None takes a value away."""
        check: dict[str, Callable[[Any], object]] = {
            "name": _present_name,
            "model": self._model,
            "system_prompt": _prompt,
            "temperature": checks.temperature,
            "max_tokens": checks.max_tokens,
        }
        return {column: check[column](value) for column, value in changes.columns.items()}

    def _model(self, value: str | None) -> str:
        """The model asked for; the deployment's for None."""
        return checks.model(value, self._options.models) or self._options.default_model

    async def branch(self, user_id: UUID, conversation_id: UUID, new: NewBranch) -> Conversation:
        """Fork a conversation; the past is shared, what follows is not."""
        topic = None if new.topic is None else checks.name("topic", new.topic)
        draft = BranchDraft(
            at_message_id=new.at_message_id,
            name=_branch_name(new.name, topic),
            system_prompt=_prompt(new.system_prompt) or topic_prompt(topic),
            model=checks.model(new.model, self._options.models),
        )
        return await self._store.branch(user_id, conversation_id, draft, now=self._clock.now())

    async def delete(self, user_id: UUID, conversation_id: UUID) -> None:
        """Delete a conversation; subscriptions to it, and to its variants, end."""
        if conversation_id in await self._store.by_id(user_id, [conversation_id]):
            await self._runs.stop_in(conversation_id)
        gone = await self._store.delete(user_id, conversation_id)
        if gone is None:
            raise NotFoundError(field="id")
        for one in gone:
            await self._runs.stop_in(one)  # one may have been accepted in the meantime
            await tell(self._bus, one, ConversationDeleted(one))


def _present_name(value: str | None) -> str:
    if value is None:
        raise BadUserInputError("name", "must not be null")
    return checks.name("name", value)


def _prompt(value: str | None) -> str | None:
    return None if value is None else checks.text("systemPrompt", value)


def name_after(content: str) -> str:
    """The name of a conversation that a message starts: its first line, cut to 60 characters."""
    line = content.strip().splitlines()[0].strip()
    if len(line) <= _LONGEST_DERIVED_NAME:
        return line
    return f"{line[: _LONGEST_DERIVED_NAME - 1].rstrip()}…"


def topic_prompt(topic: str | None) -> str | None:
    """The prompt that a topic gives a branch."""
    return None if topic is None else f"Continue the conversation focusing on: {topic}"


def _branch_name(name: str | None, topic: str | None) -> str | None:
    """The name asked for, or one after the topic; None leaves it to the parent's name."""
    if name is not None:
        return checks.name("name", name)
    return None if topic is None else branch_name(topic)


def branch_name(stem: str) -> str:
    """The name of a branch after a topic or after its parent, never longer than a name may be."""
    suffix = " - Branch"
    return stem[: checks.LONGEST_NAME - len(suffix)] + suffix
