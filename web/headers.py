"""The headers that tell browsers what they may not do with an answer.

A pure ASGI middleware around all that is not made with them: streams pass through it piece by
piece, and websockets untouched. What an answer says itself stays as it is.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages that are no pages show, load and frame nothing. Resources of ours are for our own pages;
# requests by CORS do not ask for that header.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SECURITY_HEADERS = tuple(
    (name.lower().encode(), value.encode()) for name, value in _HEADERS.items()
)
"""As ASGI has them."""


class SecurityHeaders:
    """Adds the headers to every answer of an application."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is what it goes around."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with more headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                said = {name for name, _ in own}
                message["headers"] = own + [one for one in SECURITY_HEADERS if one[0] not in said]
            await send(message)

        await self._app(scope, receive, send_with_headers)
