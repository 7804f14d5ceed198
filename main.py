"""Where everything is wired: `assembled` builds the application, `create_app` serves it by HTTP.

The command `parley` is in `command_line`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import aiohttp
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute

from adapters.jwks import JwksKeys
from adapters.jwt_tokens import JwtVerifier, SecretKey
from adapters.memory_bus import MemoryBus
from adapters.memory_rates import MemoryRates
from adapters.openai import OpenAIClient, open_session
from chat.accounts import Accounts
from chat.application import Application
from chat.conversations import Conversations
from chat.engine import Engine
from chat.following import Following
from chat.forgetting import Erasure, Retention
from chat.history import HistoryLimits
from chat.indexing import Indexing
from chat.interchange.exporting import Exports
from chat.interchange.importing import Imports
from chat.live_runs import LiveRuns
from chat.options import Options
from chat.prompts import PromptPresets
from chat.rates import RateKind
from chat.redaction import RedactionMode, RedactionOptions, Redactor
from chat.sweeper import Sweeper
from chat.token_watch import TokenWatch
from db.conversations import SqlConversationStore
from db.database import Database, DatabaseUnreachableError
from db.interchange import SqlInterchangeStore
from db.messages import SqlMessageStore
from db.runs import SqlRunStore
from db.search import SqlSearchStore
from db.users import SqlUserStore
from settings import Settings
from web.documents.limits import DocumentLimits
from web.endpoint import PATH, Endpoint
from web.headers import SecurityHeaders
from web.health import router as health
from web.limits import EdgeLimits
from web.pages import Pages, page_routes

_PING_SECONDS = 2
# How long browsers remember what a page of another origin may send.
_PREFLIGHT_SECONDS = 3600
_OPENAI = "https://api.openai.com/v1"
# What pages of other origins may send; Apollo's clients name themselves and their operations.
_ALLOWED_HEADERS = (
    "authorization",
    "content-type",
    "x-request-id",
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "x-apollo-operation-name",
)


class SystemClock:
    """The `Clock` port on the machine's clocks."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _options(settings: Settings) -> Options:
    return Options(
        default_model=settings.default_model,
        other_models=settings.allowed_models,
        history=HistoryLimits(messages=settings.history_messages, tokens=settings.history_tokens),
        max_completion_tokens=settings.max_completion_tokens,
        temperature=settings.temperature,
        monthly_token_limit=settings.monthly_token_limit,
        retention_days=settings.retention_days,
    )


def _redactor(settings: Settings) -> Redactor:
    return Redactor(
        RedactionOptions(
            pii=RedactionMode(settings.redact_pii),
            urls=RedactionMode(settings.redact_urls),
            words=RedactionMode(settings.redact_words),
            word_list=settings.redact_word_list,
        )
    )


def _verifier(settings: Settings, session: aiohttp.ClientSession) -> JwtVerifier | None:
    """What verifies the tokens of another issuer; None when API tokens are the only way in."""
    trusted = settings.trusted_issuer
    if trusted is None:
        return None
    return JwtVerifier(
        keys=SecretKey(trusted.secret)
        if trusted.secret is not None
        else JwksKeys(session=session, url=trusted.jwks_url or "", algorithms=trusted.algorithms),
        issuer=trusted.issuer,
        audience=trusted.audience,
        algorithms=trusted.algorithms,
    )


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


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Application]:
    """The application with everything behind it open; runs end before it closes."""
    database = await Database.open(
        settings.database_url, sqlite_synchronous=settings.sqlite_synchronous
    )
    session = open_session()
    bus, clock, options = MemoryBus(), SystemClock(), _options(settings)
    users, conversations = SqlUserStore(database), SqlConversationStore(database)
    messages, runs = SqlMessageStore(database), SqlRunStore(database)
    search = SqlSearchStore(database)
    interchange = SqlInterchangeStore(database)
    presets, redactor = PromptPresets(settings.own_presets), _redactor(settings)
    key = settings.openai_api_key
    model = OpenAIClient(
        session=session,
        base_url=settings.openai_base_url or _OPENAI,
        api_key=key.get_secret_value() if key else None,
        max_tokens_parameter=settings.max_tokens_parameter,
        configured=bool(key or settings.openai_base_url),
    )
    live = LiveRuns(
        runs=runs,
        messages=messages,
        model=model,
        bus=bus,
        clock=clock,
        redactor=redactor,
        options=options,
    )
    rates = MemoryRates(
        {RateKind.OPERATION: settings.operation_rates, RateKind.SEND: settings.send_rates}
    )
    engine = Engine(
        runs=runs,
        messages=messages,
        live=live,
        rates=rates,
        clock=clock,
        redactor=redactor,
        options=options,
    )
    sweeper = Sweeper(runs=runs, live=live, clock=clock, options=options)
    retention = Retention(conversations=conversations, bus=bus, clock=clock, options=options)
    verifier = _verifier(settings, session)
    indexing = Indexing(store=search, clock=clock, options=options)
    token_watch = TokenWatch(store=users, clock=clock, options=options)
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
            accounts=Accounts(store=users, clock=clock, options=options, verifier=verifier),
            token_watch=token_watch,
            erasure=Erasure(users=users, live=live, bus=bus),
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
            bus=bus,
            rates=rates,
            unready=partial(_unready, live, database),
        )
    finally:
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


def edge_limits(settings: Settings) -> EdgeLimits:
    """What the endpoint takes from anyone."""
    return EdgeLimits(
        operation_seconds=settings.operation_seconds,
        wait_seconds=settings.wait_seconds,
        sockets_per_user=settings.sockets_per_user,
    )


def create_app(
    settings: Settings, *, limits: EdgeLimits | None = None, pages: Pages | None = None
) -> FastAPI:
    """The web app. Its database must have been migrated before it starts.

    `limits` takes the place of those in the settings, `pages` of those that the set-up built.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with assembled(settings) as application:
            app.state.application = application
            yield

    app = FastAPI(
        title="Parley",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.include_router(health)
    app.router.routes.extend(page_routes(pages or Pages()))
    endpoint = Endpoint(
        limits=limits or edge_limits(settings),
        document_limits=DocumentLimits(
            depth=settings.max_query_depth,
            cost=settings.max_query_cost,
            introspection=settings.introspection,
        ),
        allowed_origins=settings.cors_origins,
    )
    app.router.routes.append(Route(PATH, endpoint, methods=None))
    app.router.routes.append(WebSocketRoute(PATH, endpoint))
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=_ALLOWED_HEADERS,
            expose_headers=["retry-after", "x-request-id"],
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(SecurityHeaders)
    return app
