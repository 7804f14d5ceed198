"""The assembled rules: what `main` builds once and the resolvers use."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chat.account_ports import RateLimits, UserStore
from chat.accounts import Accounts
from chat.conversations import Conversations
from chat.engine import Engine
from chat.following import Following
from chat.forgetting import Erasure
from chat.interchange.exporting import Exports
from chat.interchange.importing import Imports
from chat.live_runs import LiveRuns
from chat.metrics import Metrics
from chat.options import Options
from chat.ports import ConversationStore, EventBus, MessageStore, RunStore
from chat.prompts import PromptPresets
from chat.redaction import Redactor
from chat.sampling import Sampling
from chat.search import SearchStore
from chat.token_watch import TokenWatch
from chat.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The verbs, and the stores for plain reads.

    `unready` tells why no requests should be sent here, or None when they may. `missing` names
    what is away and can be done without. `sampling` reads off what `metrics` are not told of as it
    happens.
    """

    engine: Engine
    live: LiveRuns
    conversations: Conversations
    accounts: Accounts
    token_watch: TokenWatch
    erasure: Erasure
    following: Following
    exports: Exports
    imports: Imports
    presets: PromptPresets
    redactor: Redactor
    options: Options
    user_store: UserStore
    conversation_store: ConversationStore
    message_store: MessageStore
    run_store: RunStore
    search_store: SearchStore
    bus: EventBus
    rates: RateLimits
    unready: Callable[[], Awaitable[str | None]]
    missing: Callable[[], Sequence[str]]
    sampling: Sampling
    metrics: Metrics
    tracing: Tracing
