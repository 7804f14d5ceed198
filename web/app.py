"""The web app: GraphQL at one address with nothing in front of it, FastAPI for everything else."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.telemetry import TelemetryConfig
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from web.endpoint import PATH
from web.headers import SecurityHeaders
from web.health import router as health

# FastAPI's own would tell addresses with their queries, and what errors say.
_NO_TELEMETRY = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
# How long browsers remember what a page of another origin may send.
_PREFLIGHT_SECONDS = 3600
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


class Lifespan(Protocol):
    """Opens what the app needs, and closes it."""

    def __call__(self, app: FastAPI, /) -> AbstractAsyncContextManager[None]:
        """Entered when the server starts, left when it stops."""
        ...


class WebApp(FastAPI):
    """FastAPI's layers take longer than a small operation does, so the endpoint goes past them."""

    def __init__(
        self,
        *,
        lifespan: Lifespan,
        endpoint: ASGIApp,
        routes: Iterable[BaseRoute],
        cors_origins: Sequence[str],
    ) -> None:
        """`endpoint` serves requests and sockets at PATH; `cors_origins` may use everything.

        What `endpoint` answers has the headers of security already.
        """
        super().__init__(
            title="Parley",
            lifespan=lifespan,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,
            telemetry=_NO_TELEMETRY,
        )
        self.include_router(health)
        self.router.routes.extend(routes)
        sockets = endpoint  # which no middleware has anything to say of
        cors: dict[str, Any] = {
            "allow_origins": cors_origins,
            "allow_methods": ["GET", "POST"],
            "allow_headers": _ALLOWED_HEADERS,
            "expose_headers": ["retry-after", "x-request-id"],
            "max_age": _PREFLIGHT_SECONDS,
        }
        if cors_origins:
            self.add_middleware(CORSMiddleware, **cors)
            endpoint = SecurityHeaders(CORSMiddleware(endpoint, **cors))
        self.add_middleware(SecurityHeaders)
        self._endpoint = endpoint
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve whatever the server passes."""
        if scope["type"] != "lifespan" and scope["path"] == PATH:
            scope["app"] = self
            serve = self._sockets if scope["type"] == "websocket" else self._endpoint
            await serve(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
