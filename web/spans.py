"""The spans of requests and operations: what they are called and what is noted of them.

The names are those of OpenTelemetry's semantic conventions. No document, variable, address of a
client or id that a client chose is noted.
Sources: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span and
https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
"""

from contextlib import AbstractContextManager
from functools import lru_cache
from types import MappingProxyType, TracebackType

from chat.origin import Origin, on_behalf_of
from chat.tracing import Attributes, Span, SpanKind, Tracing
from web.asgi import Scope
from web.log_secrets import masked

_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
_LONGEST_NAME = 100
_SERVER_ERROR = 500


class _Asked:
    """A span of what a client asks for. What is done within it is done on the client's behalf.

    A class, since each request has one, and what `contextmanager` makes takes several times as
    long.
    """

    __slots__ = ("_behalf", "_request_id", "_span")

    def __init__(self, span: AbstractContextManager[Span], request_id: str) -> None:
        self._span = span
        self._request_id = request_id

    def __enter__(self) -> Span:
        span = self._span.__enter__()
        self._behalf = on_behalf_of(Origin(self._request_id, span.traceparent))
        self._behalf.__enter__()
        return span

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._behalf.__exit__(type_, error, trace)
        return self._span.__exit__(type_, error, trace)


def request_span(
    tracing: Tracing, scope: Scope, *, path: str, parent: str | None, request_id: str
) -> AbstractContextManager[Span]:
    """A request, traced as a part of the trace that `parent`, its traceparent, names.

    What is done within the context is done on its behalf.
    """
    method = scope["method"] if scope["method"] in _METHODS else None
    name, attributes = _request_attributes(method, scope.get("scheme", "http"), path)
    span = tracing.span(name, kind=SpanKind.SERVER, attributes=attributes, parent=parent)
    return _Asked(span, request_id)


@lru_cache(maxsize=64)
def _request_attributes(method: str | None, scheme: str, path: str) -> tuple[str, Attributes]:
    """The name of a request, and what is noted of it; `method` is None for a strange one."""
    attributes: Attributes = {
        "http.request.method": method or "_OTHER",
        "http.route": path,
        "url.path": path,
        "url.scheme": scheme,
    }
    return f"{method or 'HTTP'} {path}", MappingProxyType(attributes)


def message_span(tracing: Tracing, *, path: str, request_id: str) -> AbstractContextManager[Span]:
    """An operation that a message on a socket asks for, likewise."""
    attributes: Attributes = {"network.protocol.name": "websocket", "url.path": path}
    span = tracing.span(f"SUBSCRIBE {path}", kind=SpanKind.SERVER, attributes=attributes)
    return _Asked(span, request_id)


def note_status(span: Span, status: int) -> None:
    """Note the status of an answer. What a client did wrong is no failure of the server."""
    span.note({"http.response.status_code": status})
    if status >= _SERVER_ERROR:
        span.failed(str(status))


def operation_span(
    tracing: Tracing, *, kind: str, name: str | None
) -> AbstractContextManager[Span]:
    """A GraphQL operation, by its type and, where it has one, its name."""
    shown = None if name is None else name[:_LONGEST_NAME]
    return tracing.span(kind, attributes=_operation_attributes(kind, shown))


@lru_cache(maxsize=256)
def _operation_attributes(kind: str, name: str | None) -> Attributes:
    named = {} if name is None else {"graphql.operation.name": masked(name)}
    return MappingProxyType({"graphql.operation.type": kind, **named})
