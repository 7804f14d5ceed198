"""Where everything is wired: `assembled` builds the application, `create_app` serves it by HTTP.

What single settings mean for the parts is in `configured`.

The command `parley` is in `command_line`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI

import configured
from adapters.breaker import CircuitBreaker
from adapters.coordination import Coordination, coordination
from adapters.openai import open_session
from adapters.redis_rates import rate_limits
from chat.accounts import Accounts
from chat.application import Application
from chat.conversations import Conversations
from chat.engine import Engine
from chat.following import Following
from chat.forgetting import Erasure, Retention
from chat.indexing import Indexing
from chat.interchange.exporting import Exports
from chat.interchange.importing import Imports
from chat.live_runs import LiveRuns
from chat.measured import MeasuredBus, MeasuredRates
from chat.metrics import NO_METRICS, Level, Metrics
from chat.prompts import PromptPresets
from chat.sampling import Sampling
from chat.sweeper import Sweeper
from chat.token_watch import TokenWatch
from chat.tracing import NO_TRACING, Tracing
from chat.viewers import Viewers
from db import measures
from db.conversations import SqlConversationStore
from db.database import Database, DatabaseUnreachableError
from db.interchange import SqlInterchangeStore
from db.messages import SqlMessageStore
from db.runs import SqlRunStore
from db.search import SqlSearchStore
from db.users import SqlUserStore
from settings import Settings
from web.app import WebApp
from web.endpoint import Endpoint
from web.limits import EdgeLimits
from web.metrics import metrics_route
from web.pages import Pages, page_routes

_PING_SECONDS = 2


class SystemClock:
    """The `Clock` port on the machine's clocks."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back after so many seconds."""
        return asyncio.get_running_loop().call_later(seconds, callback)


async def _unready(live: LiveRuns, database: Database) -> str | None:
    """Why a load balancer should send requests elsewhere, if there is a reason."""
    if live.closing:
        return "shutting down"
    try:
        async with asyncio.timeout(_PING_SECONDS):
            await database.ping()
    except (DatabaseUnreachableError, TimeoutError):
        return "the database does not answer"
    return None


async def _database(settings: Settings) -> Database:
    return await Database.open(
        settings.database_url,
        sqlite_synchronous=settings.sqlite_synchronous,
        postgres=configured.postgres(settings),
    )


async def sign_in_local_admin(settings: Settings) -> str:
    """A token of the local admin, made without the rest of the application."""
    database = await _database(settings)
    try:
        users, options = SqlUserStore(database), configured.options(settings)
        accounts = Accounts(store=users, clock=SystemClock(), options=options, verifier=None)
        return await accounts.sign_in_local_admin()
    finally:
        await database.close()


@asynccontextmanager
async def assembled(
    settings: Settings, *, metrics: Metrics = NO_METRICS, tracing: Tracing = NO_TRACING
) -> AsyncIterator[Application]:
    """The application with everything behind it open; runs end before it closes.

    `tracing` is closed with it.
    """
    async with (
        coordination(settings.redis_url) as together,
        _assembled(settings, together, metrics=metrics, tracing=tracing) as application,
    ):
        yield application


@asynccontextmanager
async def _assembled(
    settings: Settings, together: Coordination, *, metrics: Metrics, tracing: Tracing
) -> AsyncIterator[Application]:
    """Everything but what ties processes together."""
    database = await _database(settings)
    session = open_session()
    clock, options = SystemClock(), configured.options(settings)
    bus, breaker = MeasuredBus(together.bus, metrics), CircuitBreaker()
    users, conversations = SqlUserStore(database), SqlConversationStore(database)
    messages, runs = SqlMessageStore(database), SqlRunStore(database)
    search = SqlSearchStore(database)
    interchange = SqlInterchangeStore(database)
    presets, redactor = PromptPresets(settings.own_presets), configured.redactor(settings)
    model = configured.model(settings, session, breaker=breaker, metrics=metrics, tracing=tracing)
    live = LiveRuns(
        runs=runs,
        messages=messages,
        model=model,
        bus=bus,
        signals=together.signals,
        clock=clock,
        redactor=redactor,
        options=options,
        metrics=metrics,
        tracing=tracing,
    )
    rates = MeasuredRates(rate_limits(configured.rates(settings), together.redis), metrics)
    engine = Engine(
        runs=runs,
        messages=messages,
        live=live,
        bus=bus,
        signals=together.signals,
        rates=rates,
        clock=clock,
        redactor=redactor,
        options=options,
    )
    alone = together.redis is None
    sweeper = Sweeper(runs=runs, live=live, clock=clock, options=options, alone=alone)
    retention = Retention(conversations=conversations, bus=bus, clock=clock, options=options)
    verifier = configured.verifier(settings, session)
    indexing = Indexing(store=search, clock=clock, options=options)
    token_watch = TokenWatch(store=users, clock=clock, options=options)
    viewers = Viewers(signals=together.signals, seconds=options.token_check_seconds)
    together.listen(live, viewers)
    unready = partial(_unready, live, database)
    sampling = Sampling(
        metrics=metrics,
        runs=runs,
        clock=clock,
        options=options,
        unready=unready,
        levels={
            Level.RUNS_IN_PROGRESS: lambda: len(live.ids),
            Level.CIRCUIT_OPEN: lambda: breaker.open,
            **together.levels,
            **measures.levels(database),
        },
        counts={**together.counts, **measures.counts(database)},
    )
    sampling.start()
    sweeper.start()
    retention.start()
    indexing.start()
    token_watch.start()
    try:
        yield Application(
            engine=engine,
            live=live,
            conversations=Conversations(
                store=conversations,
                runs=live,
                bus=bus,
                clock=clock,
                presets=presets,
                options=options,
            ),
            accounts=Accounts(
                store=users, clock=clock, options=options, verifier=verifier, viewers=viewers
            ),
            token_watch=token_watch,
            erasure=Erasure(users=users, live=live, bus=bus, viewers=viewers),
            following=Following(conversations=conversations, messages=messages, runs=runs, bus=bus),
            exports=Exports(
                store=interchange, conversations=conversations, messages=messages, clock=clock
            ),
            imports=Imports(store=interchange, rates=rates, clock=clock, options=options),
            presets=presets,
            redactor=redactor,
            options=options,
            user_store=users,
            conversation_store=conversations,
            message_store=messages,
            run_store=runs,
            search_store=search,
            bus=together.bus,
            rates=rates,
            sampling=sampling,
            metrics=metrics,
            tracing=tracing,
            unready=unready,
            missing=lambda: together.missing,
        )
    finally:
        await sampling.close()
        await token_watch.close()
        await indexing.close()
        await retention.close()
        await sweeper.close()
        await live.close()
        bus.close()
        if verifier is not None:
            await verifier.close()
        await session.close()
        await database.close()
        await tracing.close()


def create_app(
    settings: Settings, *, limits: EdgeLimits | None = None, pages: Pages | None = None
) -> FastAPI:
    """The web app. Its database must have been migrated before it starts.

    `limits` takes the place of those in the settings, `pages` of those that the set-up built.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        metrics, tracing = configured.metrics(settings), configured.tracing(settings)
        async with assembled(settings, metrics=metrics, tracing=tracing) as application:
            app.state.application = application
            yield

    app = WebApp(
        lifespan=lifespan,
        endpoint=Endpoint(
            limits=limits or configured.edge_limits(settings),
            document_limits=configured.document_limits(settings),
            allowed_origins=settings.cors_origins,
            compiled=settings.executor == "compiled",
        ),
        routes=[
            metrics_route(configured.metrics_token(settings)),
            *page_routes(pages or Pages()),
        ],
        cors_origins=settings.cors_origins,
    )
    # What `web.server` says of the process.
    app.state.ending = app.state.replaced = False
    return app
