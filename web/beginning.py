"""Uvicorn's HTTP/1.1 connections, and how a request begins there: as an `Answering`, at the app.

Uvicorn makes requests of its own class, and sends each of them through what looks for the headers
of proxies. Here uvicorn's `limit_concurrency` is not looked at, and nothing bounds what a client
may send: see `connections`.
"""

import asyncio
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from web.answering import Answering

# All that the middleware looks at. Without them it does nothing, and is passed by.
_OF_PROXIES = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})


class AnsweringProtocol(HttpToolsProtocol):
    """One connection. Requests begin in the order in which they come, each when it has its turn."""

    parser: httptools.HttpRequestParser

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """What uvicorn passes."""
        super().__init__(config, server_state, app_state, _loop)
        self._whole_app = self._bare_app = cast("ASGI3Application", self.app)
        if isinstance(self.app, ProxyHeadersMiddleware):
            self._bare_app = self.app.app
        self._proxied = False

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._proxied = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        name = name.lower()
        if name in _OF_PROXIES:
            self._proxied = True
        if name == b"expect":
            super().on_header(name, value)
        else:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole: the request begins, or waits for those before it."""
        if self.parser.should_upgrade():
            super().on_headers_complete()  # which leaves what follows to the websocket
            return
        version = self._tell_scope()
        waits = self._answering
        self.cycle = Answering(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        app = self._whole_app if self._proxied else self._bare_app
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))
        else:
            self._start_asgi_task(self.cycle, app)

    @property
    def _answering(self) -> bool:
        """Whether an answer is to come. Answers come in order, so the last request tells."""
        last = cast("RequestResponseCycle | None", self.cycle)
        return last is not None and not last.response_complete

    def _tell_scope(self) -> str:
        """Write into the scope what the request line says; the version of HTTP in it."""
        scope, version = self.scope, self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + url.path
        scope["query_string"] = url.query or b""
        return version
