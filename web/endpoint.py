"""The GraphQL endpoint as an ASGI application: HTTP, streams over HTTP, and websockets.

Each request and each socket is handed to a room of its own; what they share is made here, once.
"""

from collections.abc import Collection

from chat.application import Application
from chat.metrics import Held
from chat.origin import Origin, on_behalf_of
from resolvers.execution import Execution
from resolvers.graphql_schema import core_schema
from web.asgi import Receive, Scope, Send, header, text_of
from web.counts import OpenCounts
from web.documents.documents import Documents
from web.documents.limits import DocumentLimits
from web.documents.persisted import PersistedQueries
from web.http.exchange import Exchange
from web.identity import request_id
from web.limits import EdgeLimits
from web.operations import Operations
from web.origins import may_connect
from web.shared_timeout import SharedTimeout
from web.socket_connections import SEND_AT_ONCE
from web.sockets.closing import CloseCode
from web.sockets.session import SUBPROTOCOL, SocketSession
from web.spans import request_span

PATH = "/graphql"


class Endpoint:
    """Serves GraphQL at one address. The application is found in the app's state."""

    def __init__(
        self,
        *,
        limits: EdgeLimits,
        document_limits: DocumentLimits,
        allowed_origins: Collection[str],
        compiled: bool = True,
    ) -> None:
        """Browsers' sockets may come from the same host and from `allowed_origins`.

        With `compiled`, operations are run by plans, otherwise by graphql-core's executor.
        """
        schema = core_schema()
        documents = Documents(schema, document_limits)
        self._limits = limits
        self._body_timeout = SharedTimeout(limits.body_seconds)
        self._allowed_origins = frozenset(allowed_origins)
        self._counts = OpenCounts(limits.sockets_per_user)
        self._operations = Operations(
            execution=Execution(schema, compiled=compiled),
            documents=documents,
            persisted=PersistedQueries(documents),
            limits=limits,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        application: Application = scope["app"].state.application
        if scope["type"] == "websocket":
            id_ = request_id(header(scope, b"x-request-id"))
            with on_behalf_of(Origin(id_)), application.metrics.holding(Held.SOCKETS):
                await self._serve_socket(application, scope, receive, send)
            return
        headers = dict(scope["headers"])
        id_ = request_id(text_of(headers, b"x-request-id"))
        parent = text_of(headers, b"traceparent")
        with request_span(
            application.tracing, scope, path=PATH, parent=parent, request_id=id_
        ) as span:
            await Exchange(
                application=application,
                operations=self._operations,
                counts=self._counts,
                limits=self._limits,
                body_timeout=self._body_timeout,
                scope=scope,
                headers=headers,
                receive=receive,
                send=send,
                request_id=id_,
                span=span,
            ).serve()

    async def _serve_socket(
        self, application: Application, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await receive()  # websocket.connect
        origin, host = header(scope, b"origin"), header(scope, b"host")
        if not may_connect(origin, host, self._allowed_origins):
            await send({"type": "websocket.close", "code": 1008})  # before accepting: HTTP 403
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await _refuse_subprotocol(send)
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        scope["headers"] = []  # Nobody reads them again, and the socket may be open for days.
        await SocketSession(
            application=application,
            operations=self._operations,
            counts=self._counts,
            limits=self._limits,
            path=PATH,
            receive=receive,
            send=send,
            send_at_once=scope.get("extensions", {}).pop(SEND_AT_ONCE, None),
        ).serve()


async def _refuse_subprotocol(send: Send) -> None:
    """Close with the code that clients of the protocol know; the legacy one is not spoken."""
    await send({"type": "websocket.accept"})
    code = CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE
    await send(
        {"type": "websocket.close", "code": int(code), "reason": "Subprotocol not acceptable"}
    )
