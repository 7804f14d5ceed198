"""The GraphQL endpoint: POST, GET for queries, graphql-transport-ws, SSE and multipart."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import orjson
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import BaseContext, GraphQLRouter
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types.unset import UNSET, UnsetType

from chat.application import Application
from chat.errors import ParleyError, UnauthenticatedError
from chat.records import Viewer
from resolvers.context import OperationContext
from resolvers.graphql_schema import graphql_schema
from web.identity import header_secret, payload_secret
from web.socket_messages import well_formed

PATH = "/graphql"
_INIT_TIMEOUT = timedelta(seconds=10)
_OPERATIONS_PER_SOCKET = 100
_TRY_AGAIN_LATER = 1013
_LONGEST_REQUEST_ID = 100


class WebContext(OperationContext, BaseContext):
    """The context of an operation, with what Strawberry's router adds."""


class SocketAdapter(ASGIWebSocketAdapter):
    """Strawberry's adapter, which ends a socket with 4400 at a message of a wrong shape."""

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """The messages that come in. Raises NonJsonMessageReceived."""
        messages = super().iter_json(ignore_parsing_errors=ignore_parsing_errors)
        async with aclosing(messages):
            async for message in messages:
                if not well_formed(message):
                    raise NonJsonMessageReceived
                yield message


class Endpoint(GraphQLRouter[WebContext, None]):
    """Strawberry's router with Parley's identity and JSON."""

    websocket_adapter_class = SocketAdapter

    async def on_ws_connect(self, context: WebContext) -> UnsetType | dict[str, object] | None:
        """Let a socket in by the token in its connection_init; otherwise it is closed with 4403."""
        secret = payload_secret(context.connection_params)
        try:
            context.known_viewer = await context.application.accounts.authenticate(secret)
        except UnauthenticatedError as error:
            raise ConnectionRejectionError from error
        except ParleyError as error:
            if isinstance(context.request, WebSocket):
                await context.request.close(_TRY_AGAIN_LATER)
            raise WebSocketDisconnected from error
        context.secret = secret
        unset: UnsetType = UNSET
        return unset

    def decode_json(self, data: str | bytes) -> object:
        """Parse a request or a socket's message, which must be an object.

        Halves of surrogate pairs get through: the checks of the fields refuse them by name.
        """
        try:
            found: object = json.loads(data, parse_constant=_refuse_constant)
        except (RecursionError, ValueError) as error:  # no UTF-8, endless numbers and the like
            raise json.JSONDecodeError("not JSON", "", 0) from error
        if not isinstance(found, dict):
            raise json.JSONDecodeError("not an object", "", 0)
        return cast("object", found)

    def encode_json(self, data: object) -> str:
        """Write an answer. An error may quote text that is not Unicode; that goes out escaped."""
        try:
            return orjson.dumps(data).decode()
        except TypeError:
            return json.dumps(data)


def _refuse_constant(name: str) -> object:
    """NaN and Infinity are no JSON."""
    raise json.JSONDecodeError(name, "", 0)


async def operation_context(connection: HTTPConnection) -> WebContext:
    """The context of a request or socket. A request without a good token is refused here."""
    application: Application = connection.app.state.application
    viewer: Viewer | None = None
    if connection.scope["type"] == "http":
        secret = header_secret(connection.headers)
        viewer = await application.accounts.authenticate(secret)
    return WebContext(application, viewer=viewer, request_id=request_id(connection))


def request_id(connection: HTTPConnection) -> str:
    """The caller's X-Request-Id when it is short and printable, otherwise a new one."""
    given = connection.headers.get("x-request-id", "")
    fit = given.isascii() and given.isprintable() and 0 < len(given) <= _LONGEST_REQUEST_ID
    return given if fit else uuid4().hex


def graphql_endpoint(allowed_origins: Sequence[str]) -> Endpoint:
    """The router to mount. Browsers' sockets may come from the same origin and from these."""
    return Endpoint(
        graphql_schema(),
        path=PATH,
        graphql_ide=None,
        context_getter=operation_context,
        subscription_protocols=[
            GRAPHQL_TRANSPORT_WS_PROTOCOL,
            GRAPHQL_SSE_PROTOCOL,
            MULTIPART_SUBSCRIPTION_PROTOCOL,
        ],
        connection_init_wait_timeout=_INIT_TIMEOUT,
        max_subscriptions_per_connection=_OPERATIONS_PER_SOCKET,
        allowed_origins=allowed_origins,
    )


async def refusal(connection: Request | WebSocket, error: Exception) -> Response:
    """The answer to a request that was refused before GraphQL saw it."""
    if not isinstance(error, ParleyError):  # pragma: no cover  registered for ParleyError only
        raise error
    extensions = {**error.extensions, "requestId": request_id(connection)}
    body: dict[str, Any] = {"errors": [{"message": str(error), "extensions": extensions}]}
    unauthenticated = error.code.value == "UNAUTHENTICATED"
    return Response(
        orjson.dumps(body),
        status_code=401 if unauthenticated else 503,
        headers={"WWW-Authenticate": "Bearer"} if unauthenticated else None,
        media_type="application/json",
    )
