"""The spans of requests and operations: what they are called and what is noted of them.

The names are those of OpenTelemetry's semantic conventions. No document, variable, address of a
client or id that a client chose is noted.
Sources: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span and
https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

from chat.origin import Origin, on_behalf_of
from chat.tracing import Attributes, Span, SpanKind, Tracing
from web.asgi import Scope, header
from web.log_secrets import masked

_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
_LONGEST_NAME = 100
_SERVER_ERROR = 500


@contextmanager
def request_span(tracing: Tracing, scope: Scope, *, path: str, request_id: str) -> Generator[Span]:
    """A request, traced as a part of the trace that it says it belongs to.

    What is done within the context is done on its behalf.
    """
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
    attributes: Attributes = {
        "http.request.method": method,
        "http.route": path,
        "url.path": path,
        "url.scheme": scope.get("scheme", "http"),
    }
    with (
        tracing.span(
            f"{'HTTP' if method == '_OTHER' else method} {path}",
            kind=SpanKind.SERVER,
            attributes=attributes,
            parent=header(scope, b"traceparent"),
        ) as span,
        on_behalf_of(Origin(request_id, span.traceparent)),
    ):
        yield span


@contextmanager
def message_span(tracing: Tracing, *, path: str, request_id: str) -> Generator[Span]:
    """An operation that a message on a socket asks for, likewise."""
    attributes: Attributes = {"network.protocol.name": "websocket", "url.path": path}
    with (
        tracing.span(f"SUBSCRIBE {path}", kind=SpanKind.SERVER, attributes=attributes) as span,
        on_behalf_of(Origin(request_id, span.traceparent)),
    ):
        yield span


def note_status(span: Span, status: int) -> None:
    """Note the status of an answer. What a client did wrong is no failure of the server."""
    span.note({"http.response.status_code": status})
    if status >= _SERVER_ERROR:
        span.failed(str(status))


def operation_span(
    tracing: Tracing, *, kind: str, name: str | None
) -> AbstractContextManager[Span]:
    """A GraphQL operation, by its type and, where it has one, its name."""
    named = {} if name is None else {"graphql.operation.name": masked(name[:_LONGEST_NAME])}
    return tracing.span(kind, attributes={"graphql.operation.type": kind, **named})
