"""Signals between processes over one channel of Redis: the `Signals` port.

Whoever can publish there can make processes look into the store, and nothing else.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis

from adapters.ending import end
from adapters.redis_client import COMMAND_SECONDS
from adapters.redis_link import RedisLink
from adapters.redis_names import SIGNALS
from chat.signals import AccountListener, RunListener

_log = logging.getLogger(__name__)
_MOST_WAITING = 1000
_LAST_WORDS_SECONDS = 1.0
_STOP, _TURN, _ACCOUNT = b"stop", b"turn", b"account"


class RedisSignals:
    """`start` it when there is somebody to hear, and `close` it at the end.

    `listening` is set when signals are heard for the first time.
    """

    def __init__(self, *, client: Redis, link: RedisLink) -> None:
        """Signals are published by the client and heard over the link."""
        self._client = client
        self._link = link
        self._out = _Waiting()
        self._in = _Waiting()
        self._tasks: list[asyncio.Task[None]] = []
        self._accounts: AccountListener | None = None
        self.listening = asyncio.Event()

    def stop(self, run_id: UUID) -> None:
        """Have whoever drives the run look whether it is to stop."""
        self._out.put(_signal(_STOP, run_id))

    def turn(self, run_id: UUID) -> None:
        """Have somebody start the run."""
        self._out.put(_signal(_TURN, run_id))

    async def account_changed(self, id_: UUID) -> None:
        """Have every process ask anew who this is. It goes past what waits."""
        await self._publish(_signal(_ACCOUNT, id_))

    def start(self, listener: RunListener, accounts: AccountListener) -> None:
        """Call out, and listen."""
        self._accounts = accounts
        self._tasks = [
            asyncio.create_task(self._call_out()),
            asyncio.create_task(self._listen(listener)),
        ]
        self._link.add(SIGNALS, self)

    async def close(self) -> None:
        """Call out what waits, and end."""
        self._link.remove(SIGNALS)
        await end(self._tasks)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                while self._out.signals and await self._publish(self._out.signals.popleft()):
                    pass

    def subscribed(self) -> None:
        """What was called out before is not made good for: sweeps find it."""
        self.listening.set()

    def heard(self, payload: bytes) -> None:
        """Somebody called out."""
        verb, id_ = _parts(payload)
        if verb != _ACCOUNT:
            self._in.put(payload)
        elif id_ is not None and self._accounts is not None:
            self._accounts.account_changed(id_)

    async def _call_out(self) -> None:
        while True:
            await self._publish(await self._out.next())

    async def _publish(self, signal: bytes) -> bool:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._client.publish(SIGNALS, signal)
        except Exception:  # noqa: BLE001  it is lost, and that is allowed
            return False
        return True

    async def _listen(self, listener: RunListener) -> None:
        while True:
            signal = await self._in.next()
            try:
                await _pass_on(signal, listener)
            except Exception:  # noqa: BLE001  sweeps and checkpoints find it
                _log.warning("a signal could not be followed", exc_info=True)


class _Waiting:
    """The signals that wait; when there are too many, the oldest is dropped."""

    def __init__(self) -> None:
        self.signals: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._changed = asyncio.Event()

    def put(self, signal: bytes) -> None:
        if signal not in self.signals:
            self.signals.append(signal)
            self._changed.set()

    async def next(self) -> bytes:
        while not self.signals:
            self._changed.clear()
            await self._changed.wait()
        return self.signals.popleft()


async def _pass_on(signal: bytes, listener: RunListener) -> None:
    verb, run_id = _parts(signal)
    if run_id is None:
        return
    if verb == _STOP:
        await listener.stop_called(run_id)
    elif verb == _TURN:
        await listener.turn_called(run_id)


def _signal(verb: bytes, id_: UUID) -> bytes:
    return b"%b %b" % (verb, str(id_).encode())


def _parts(signal: bytes) -> tuple[bytes, UUID | None]:
    """The verb, and whom it is about; None where that is no id."""
    verb, _, name = signal.partition(b" ")
    try:
        return verb, UUID(name.decode("ascii"))
    except ValueError:
        return verb, None
