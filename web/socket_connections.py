"""Uvicorn's websocket connections, which here may hear from a client that does not wait."""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class SocketConnection(WebSocketsSansIOProtocol):
    """A websocket. What comes before its handshake is answered is read after that.

    Uvicorn would read it at once, and fail with a traceback when it is no frame.
    """

    _early = b""

    def data_received(self, data: bytes) -> None:
        """Read, or keep what is early; then nothing more is taken from the client for now."""
        if self.handshake_initiated and not self.handshake_complete:
            self._early += data
            self.transport.pause_reading()
        else:
            super().data_received(data)

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and go on reading after the answer to the handshake."""
        await super().send(message)
        if self._early and self.handshake_complete:
            early, self._early = self._early, b""
            if not self.transport.is_closing():
                self.transport.resume_reading()
                super().data_received(early)
