"""The server's side of graphql-transport-ws as a state machine, without I/O.

What happens is told by calling a method; each returns what has to be done, in order. Once a close
has been returned, nothing more is: the socket is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from resolvers.results import Result
from web.http.parameters import Parameters
from web.sockets import messages
from web.sockets.closing import CloseCode, cut
from web.sockets.messages import BadMessageError


class SendText(NamedTuple):
    """Send a message. A tuple, since nothing is made as often."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket."""

    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class Admit:
    """Find out who this is, and say `admitted` or `refused`."""

    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Start:
    """Run an operation, and say `result` for each result and `finished` at its end."""

    id: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Reject:
    """Too many operations run already: answer this one with a `result` that refuses it."""

    id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End an operation; nobody wants its results."""

    id: str


Action = SendText | Close | Admit | Start | Reject | Stop


class _State(Enum):
    NEW = auto()
    ASKED_IN = auto()
    IN = auto()
    CLOSED = auto()


class SocketProtocol:
    """One socket, from its opening to its close."""

    def __init__(self, *, most_operations: int) -> None:
        """`most_operations` may run at once."""
        self._state = _State.NEW
        self._heads: dict[str, bytes] = {}  # of the results of each operation that runs
        self._most_operations = most_operations

    @property
    def closed(self) -> bool:
        """Whether a close was returned."""
        return self._state is _State.CLOSED

    def received(self, text: str) -> list[Action]:
        """A text message came."""
        if self.closed:
            return []
        try:
            return self._heard(messages.read(text))
        except BadMessageError as error:
            return self.close(CloseCode.BAD_REQUEST, str(error))

    def received_bytes(self) -> list[Action]:
        """A binary message came; there are none in this protocol."""
        return self.close(CloseCode.BAD_REQUEST, "Messages must be text.")

    def init_timed_out(self) -> list[Action]:
        """The time for connection_init is over."""
        if self._state is not _State.NEW:
            return []
        return self.close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")

    def admitted(self) -> list[Action]:
        """Whoever asked to be let in may come in."""
        if self.closed:
            return []
        self._state = _State.IN
        return [SendText(messages.ACKNOWLEDGED)]

    def result(self, id_: str, result: Result) -> list[Action]:
        """An operation has a result. One that was refused is at its end."""
        head = self._heads.get(id_)
        if head is None or self.closed:
            return []
        if result.refused:
            del self._heads[id_]
            return [SendText(messages.error(id_, result.errors))]
        return [SendText(_next(head, result).decode())]

    def next_texts(self, id_: str, results: Iterable[Result]) -> list[bytes]:
        """The texts to be sent, in UTF-8, for results of an operation that was not refused."""
        head = self._heads.get(id_)
        return [] if head is None else [_next(head, result) for result in results]

    def finished(self, id_: str) -> list[Action]:
        """An operation ended by itself."""
        if id_ not in self._heads or self.closed:
            return []
        del self._heads[id_]
        return [SendText(messages.complete(id_))]

    def close(self, code: CloseCode, reason: str) -> list[Action]:
        """The socket has to end."""
        if self.closed:
            return []
        self._state = _State.CLOSED
        self._heads.clear()
        return [Close(code, cut(reason))]

    def _heard(self, message: messages.Message) -> list[Action]:
        match message:
            case messages.ConnectionInit(payload):
                return self._init(payload)
            case messages.Ping():
                return [SendText(messages.pong(message))]
            case messages.Pong():
                return []
            case messages.Subscribe():
                return self._subscribe(message)
            case messages.Complete(id_):
                return self._complete(id_)

    def _init(self, payload: Mapping[str, object]) -> list[Action]:
        if self._state is not _State.NEW:
            return self.close(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        self._state = _State.ASKED_IN
        return [Admit(payload)]

    def _subscribe(self, message: messages.Subscribe) -> list[Action]:
        if self._state is not _State.IN:
            return self.close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._heads:
            reason = f"Subscriber for {message.id} already exists"
            return self.close(CloseCode.SUBSCRIBER_ALREADY_EXISTS, reason)
        full = len(self._heads) >= self._most_operations
        self._heads[message.id] = messages.next_head(message.id)
        return [Reject(message.id) if full else Start(message.id, message.parameters)]

    def _complete(self, id_: str) -> list[Action]:
        """A client may have had enough of what is over already: the two messages cross."""
        if id_ not in self._heads:
            return []
        del self._heads[id_]
        return [Stop(id_)]


def _next(head: bytes, result: Result) -> bytes:
    return b"%b%b}" % (head, result.body)
