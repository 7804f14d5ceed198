"""HTTP connections of a server that is about to end and answers still.

Each answer is then the last of its connection, and says so: the client's next request comes on a
new connection, which another process accepts. A connection on which nothing is asked is not closed
at once, since a request may be on its way to it, and would be lost.
"""

import asyncio
from contextlib import suppress
from typing import cast

from uvicorn.server import ServerState

from web.connection_limits import ConnectionLimits
from web.connections import BoundedProtocol


class LeavingState(ServerState):
    """What uvicorn's server shares with its connections, and whether they are on their last."""

    def __init__(self) -> None:
        """Nobody leaves yet."""
        super().__init__()
        self.leaving = False
        self._changed = asyncio.Event()

    def leave(self) -> None:
        """From now on each answer ends its connection."""
        self.leaving = True
        for connection in self._http():
            connection.leave()

    async def until_none_is_idle(self, *, within_seconds: float) -> None:
        """After `leave`, wait until every HTTP connection has asked for more, or has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                while any(connection.idle for connection in self._http()):
                    self._changed.clear()
                    await self._changed.wait()

    def note_change(self) -> None:
        """A connection is idle no longer, or gone."""
        self._changed.set()

    def _http(self) -> list["LeavingProtocol"]:
        """The connections, but for those that have become websockets."""
        return [one for one in self.connections if isinstance(one, LeavingProtocol)]


class LeavingProtocol(BoundedProtocol):
    """A connection with bounds whose server may leave."""

    server_state: LeavingState

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered."""
        return not self._answering

    def leave(self) -> None:
        """Uvicorn writes `Connection: close` into the answer, and closes behind it.

        An answer that has begun has promised to keep the connection, which then has one more.
        """
        if not self.idle and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def on_headers_complete(self) -> None:
        """A request on a server that leaves is the last one here."""
        super().on_headers_complete()
        if self.server_state.leaving:
            self.leave()
            self.server_state.note_change()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        self.server_state.note_change()


def bounded_by(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """The protocol for `uvicorn.Config(http=…)` of a server whose state is a LeavingState."""
    return cast("type[asyncio.Protocol]", type("Bounded", (LeavingProtocol,), {"limits": limits}))
