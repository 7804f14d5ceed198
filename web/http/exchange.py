"""One HTTP request to the endpoint, from its head to the end of its answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from graphql import OperationType

from chat.application import Application
from chat.errors import ParleyError
from chat.metrics import Held
from chat.tracing import Span
from resolvers.context import OperationContext
from resolvers.results import Result
from web.answering import request_behind
from web.asgi import (
    Header,
    Receive,
    Scope,
    Send,
    header_list,
    send_body,
    start_answer,
    text_of,
)
from web.counts import OpenCounts
from web.headers import SECURITY_HEADERS
from web.http import parameters
from web.http.body import ClientGoneError, read_body
from web.http.media_types import AnswerType, BodyType, answer_types, body_type
from web.http.parameters import Parameters
from web.http.refusals import RequestRefusedError, bad_request, method_not_allowed
from web.http.statuses import OK, status_of
from web.http.streaming import Streaming
from web.http.streams import stream_format
from web.identity import header_secret
from web.limits import EdgeLimits
from web.operations import (
    FaultyDocumentError,
    Operation,
    Operations,
    Refusal,
    refusal,
    tell_refusal,
)
from web.shared_timeout import SharedTimeout
from web.spans import note_status

_log = structlog.get_logger()

_GRAPHIQL = b"/graphiql"


def _content_type(type_: AnswerType) -> bytes:
    return f"{type_.value}; charset=utf-8".encode()


# What is the same in the heads of all good answers of a type.
_HEADS = {
    type_: b"".join(
        b"%b: %b\r\n" % header
        for header in ((b"content-type", _content_type(type_)), *SECURITY_HEADERS)
    )
    for type_ in AnswerType
}


@dataclass(slots=True, kw_only=True)
class Exchange:
    """Answers one request; `serve` it once. Of headers that came twice, `headers` has the last."""

    application: Application
    operations: Operations
    counts: OpenCounts
    limits: EdgeLimits
    body_timeout: SharedTimeout
    scope: Scope
    headers: Mapping[bytes, bytes]
    receive: Receive
    send: Send
    request_id: str
    span: Span

    async def serve(self) -> None:
        """Answer. A client that has gone away gets nothing; what it began may go on."""
        if self.scope["method"] == "GET" and self._wants_a_page():
            headers = ((b"location", _GRAPHIQL), *SECURITY_HEADERS)
            await start_answer(self.send, HTTPStatus.SEE_OTHER, headers)
            await send_body(self.send, b"")
            return
        try:
            await self._serve()
        except (ClientGoneError, OSError):
            return

    async def _serve(self) -> None:
        types: tuple[AnswerType, ...] = (AnswerType.JSON,)
        context: OperationContext | None = None
        try:
            self._check_method()
            types = answer_types(self._accept())
            context = await self._context()
            operation = await self.operations.prepare(await self._parameters(), context)
            type_ = self._type(operation, types)
            if type_.streams:
                self.counts.add(context.viewer.user.id)
        except (ParleyError, FaultyDocumentError) as error:
            await self._refuse(error, types, context)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours is told like any other error
            _log.error("a request failed", request_id=self.request_id, exc_info=error)
            await self._refuse(ParleyError(), types, context)
        else:
            if type_.streams:
                await self._stream(operation, type_)
            else:
                await self._answer(await self.operations.answer(operation), type_)

    async def _stream(self, operation: Operation, type_: AnswerType) -> None:
        """Answer by a stream, which was counted until it ends."""
        try:
            note_status(self.span, HTTPStatus.OK)
            with self.application.metrics.holding(Held.STREAMS):
                await self._streaming(type_).serve(operation)
        finally:
            self.counts.remove(operation.context.viewer.user.id)

    def _check_method(self) -> None:
        if self.scope["method"] not in ("GET", "POST"):
            raise method_not_allowed("Use POST, or GET for queries.", "GET", "POST")

    async def _context(self) -> OperationContext:
        """Who asks. Raises UnauthenticatedError."""
        secret = header_secret(text_of(self.headers, b"authorization"))
        return OperationContext(
            self.application,
            viewer=await self.application.accounts.authenticate(secret),
            request_id=self.request_id,
            wait_seconds=self.limits.wait_seconds,
        )

    async def _parameters(self) -> Parameters:
        if self.scope["method"] == "GET":
            return parameters.from_query_string(self.scope["query_string"])
        kind = body_type(
            text_of(self.headers, b"content-type"), text_of(self.headers, b"content-encoding")
        )
        body = await read_body(
            self.headers,
            self.receive,
            most_bytes=self.limits.body_bytes,
            within=self.body_timeout,
        )
        read = parameters.from_json if kind is BodyType.JSON else parameters.from_text
        return read(body)

    def _type(self, operation: Operation, types: tuple[AnswerType, ...]) -> AnswerType:
        """In which form the operation is answered. Raises RequestRefusedError."""
        if operation.kind is OperationType.MUTATION and self.scope["method"] == "GET":
            raise method_not_allowed("Mutations need POST.", "POST")
        if operation.kind is not OperationType.SUBSCRIPTION:
            return types[0]
        for type_ in types:
            if type_.streams:
                return type_
        raise bad_request(
            "A subscription needs a websocket, or Accept: text/event-stream, or Accept: "
            "multipart/mixed; subscriptionSpec=1.0."
        )

    async def _refuse(
        self, error: Refusal, types: tuple[AnswerType, ...], context: OperationContext | None
    ) -> None:
        """Tell why nothing is run. A faulty document is told within a stream that was asked for."""
        if context is None:
            result = refusal(error, self.request_id)
            tell_refusal(self.application.metrics, self.request_id, result)
        else:
            result = self.operations.refused(error, context)
        status = error.status if isinstance(error, RequestRefusedError) else None
        headers = error.headers if isinstance(error, RequestRefusedError) else {}
        if types[0].streams and (status or status_of(result, AnswerType.JSON)) == HTTPStatus.OK:
            note_status(self.span, HTTPStatus.OK)
            await self._streaming(types[0]).tell(result)
            return
        type_ = next((one for one in types if not one.streams), AnswerType.JSON)
        await self._answer(result, type_, status=status, headers=headers)

    async def _answer(
        self,
        result: Result,
        type_: AnswerType,
        *,
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        status = status or status_of(result, type_)
        note_status(self.span, status)
        if status is OK and not headers and self._answered_at_once(result, type_):
            return
        own: list[Header] = [
            (b"x-request-id", self.request_id.encode()),
            (b"content-type", _content_type(type_)),
            (b"content-length", b"%d" % len(result.body)),
            *((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
        ]
        if status is HTTPStatus.UNAUTHORIZED:
            own.append((b"www-authenticate", b"Bearer"))
        if status >= HTTPStatus.BAD_REQUEST and result.retry_after_seconds is not None:
            own.append((b"retry-after", b"%d" % math.ceil(result.retry_after_seconds)))
        await start_answer(self.send, status, (*own, *SECURITY_HEADERS))
        await send_body(self.send, result.body)

    def _answered_at_once(self, result: Result, type_: AnswerType) -> bool:
        """Answer with 200, unless it has to be done by messages; whether it was done."""
        request = request_behind(self.send)
        if request is None:
            return False
        own = (self.request_id.encode(), _HEADS[type_], len(result.body))
        return request.answer(b"x-request-id: %b\r\n%bcontent-length: %d\r\n" % own, result.body)

    def _streaming(self, type_: AnswerType) -> Streaming:
        return Streaming(
            application=self.application,
            operations=self.operations,
            format_=stream_format(type_),
            request_id=self.request_id,
            receive=self.receive,
            send=self.send,
        )

    def _wants_a_page(self) -> bool:
        """Whether a GET comes of somebody who opened the endpoint's address in a browser."""
        return not self.scope["query_string"] and "text/html" in (self._accept() or "")

    def _accept(self) -> str | None:
        return header_list(self.scope, b"accept") if b"accept" in self.headers else None
