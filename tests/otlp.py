"""A collector of traces for tests: OTLP over HTTP, on a real socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Attribute = str | int | float | bool | list[str]


class Collector:
    """Keeps every span that arrives, and every byte."""

    def __init__(self) -> None:
        """Nothing arrived."""
        self.spans: list[Span] = []
        self.resources: list[dict[str, Attribute]] = []
        self.bytes = b""
        self.status = 200
        self._arrived = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        """Take a batch."""
        body = await request.read()
        if self.status == 200:
            self.bytes += body
            batch = ExportTraceServiceRequest.FromString(body)
            for resource in batch.resource_spans:
                self.resources.append(attributes(resource.resource))
                for scope in resource.scope_spans:
                    self.spans += scope.spans
        async with self._arrived:
            self._arrived.notify_all()
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, status=self.status, content_type="application/x-protobuf")

    async def until(self, *names: str) -> None:
        """Wait until spans of all these names have come."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: set(names) <= {span.name for span in self.spans})

    def one(self, name: str) -> Span:
        """The one span of a name."""
        [found] = self.all(name)
        return found

    def all(self, name: str) -> list[Span]:
        """All spans of a name, in the order of their begin."""
        found = [span for span in self.spans if span.name == name]
        return sorted(found, key=lambda span: span.start_time_unix_nano)


def attributes(of: object) -> dict[str, Attribute]:
    """The attributes of a span, an event or a resource."""
    return {one.key: _value(one.value) for one in of.attributes}  # type: ignore[attr-defined]


def _value(value: object) -> Attribute:
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]
    if kind == "array_value":
        return [one.string_value for one in value.array_value.values]  # type: ignore[attr-defined]
    found: Attribute = getattr(value, kind)
    return found


def failed(span: Span) -> bool:
    """Whether a span says that it did not end well."""
    return span.status.code == Status.STATUS_CODE_ERROR


@asynccontextmanager
async def collecting() -> AsyncGenerator[tuple[Collector, str]]:
    """A collector, and its address."""
    collector = Collector()
    application = web.Application()
    application.router.add_post("/v1/traces", collector.take)
    async with TestServer(application) as server:
        yield collector, str(server.make_url("")).rstrip("/")
