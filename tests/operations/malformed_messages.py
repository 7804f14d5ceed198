"""What clients of graphql-transport-ws may send that the protocol does not allow, with names.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, and for what that leaves
open the reference implementation beside it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.operations.malformed_bodies import MIB, TYPES

INVALID, UNAUTHORIZED, FORBIDDEN, TIMED_OUT = 4400, 4401, 4403, 4408
ALREADY_SUBSCRIBED, TOO_MANY_INITS = 4409, 4429
UNSUPPORTED, NO_UTF8, TOO_LARGE = 1003, 1007, 1009
QUERY = {"query": "{ viewer { name } }"}


@dataclass(frozen=True, slots=True)
class MalformedMessage:
    """Frames, and the codes with which the socket may be closed at the last of them.

    Without codes the socket must stay open, and the last message be answered by an error with its
    id, or by nothing. `before_init`: the frames come before any connection_init.
    """

    name: str
    frames: tuple[str | bytes, ...]
    codes: frozenset[int] = frozenset({INVALID})
    before_init: bool = False
    no_utf8: bool = False


def messages() -> list[MalformedMessage]:
    """Every malformed message."""
    return [*_texts(), *_types(), *_parts(), *_frames(), *_out_of_turn(), *_faulty_operations()]


def subscribe(payload: object, id_: object = "1") -> str:
    """A subscribe message, whatever its parts are."""
    return json.dumps({"type": "subscribe", "id": id_, "payload": payload})


def _texts() -> Iterator[MalformedMessage]:
    texts = {
        "nothing": "",
        "spaces": "  ",
        "a word": "hello",
        "half an object": '{"type": "ping"',
        "two objects": '{"type": "ping"}{"type": "ping"}',
        "a trailing comma": '{"type": "ping",}',
        "a raw NUL": '{"type": "pi\0ng"}',
        "NaN": '{"type": "ping", "payload": {"a": NaN}}',
        "Infinity": '{"type": "ping", "payload": {"a": Infinity}}',
        "a number of 5000 digits": '{"type": "ping", "payload": {"a": ' + "9" * 5000 + "}}",
        "deep lists": "[" * 100_000,
        "deep lists that end": "[" * 100_000 + "]" * 100_000,
        "deep objects": '{"type":' * 50_000,
        "a deep payload": '{"type": "ping", "payload": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
        "null": "null",
        "a batch": '[{"type": "ping"}, {"type": "ping"}]',
    }
    for name, text in texts.items():
        yield MalformedMessage(name, (text,))
    for name, value in TYPES.items():
        yield MalformedMessage(f"{name} as the whole", (json.dumps(value),))


def _types() -> Iterator[MalformedMessage]:
    for name, value in {**TYPES, "null": None}.items():
        yield MalformedMessage(f"a type that is {name}", (json.dumps({"type": value}),))
    for type_ in (
        "unknown",
        "PING",
        "start",
        "stop",
        "connection_terminate",
        "__proto__",
        "ping\0",
    ):
        yield MalformedMessage(f"the type {type_!r}", (json.dumps({"type": type_, "id": "1"}),))
    for type_ in ("connection_ack", "next", "error", "ka"):
        message = {"type": type_, "id": "1", "payload": {}}
        yield MalformedMessage(f"{type_}, which only servers send", (json.dumps(message),))


def _parts() -> Iterator[MalformedMessage]:
    """Each part of each message with a value of each type that is not its own."""
    for name, value in {**TYPES, "null": None}.items():
        if name != "a text":
            yield MalformedMessage(
                f"subscribe with an id that is {name}", (subscribe(QUERY, value),)
            )
            complete = json.dumps({"type": "complete", "id": value})
            yield MalformedMessage(f"complete with an id that is {name}", (complete,))
        yield MalformedMessage(f"subscribe with a payload that is {name}", (subscribe(value),))
        if name not in {"a text", "an empty text"}:
            yield _with_part("query", name, value)
    for name, value in TYPES.items():
        if name not in {"a text", "an empty text"}:
            yield _with_part("operationName", name, value)
        if name != "an object":
            yield _with_part("variables", name, value)
            yield _with_part("extensions", name, value)
            for type_ in ("ping", "pong"):
                message = json.dumps({"type": type_, "payload": value})
                yield MalformedMessage(f"{type_} with a payload that is {name}", (message,))
            init = json.dumps({"type": "connection_init", "payload": value})
            codes = frozenset({INVALID, FORBIDDEN})
            yield MalformedMessage(f"connection_init with {name}", (init,), codes, before_init=True)
    for type_ in ("subscribe", "complete"):
        yield MalformedMessage(f"{type_} with nothing", (json.dumps({"type": type_}),))


def _with_part(part: str, name: str, value: object) -> MalformedMessage:
    return MalformedMessage(f"{part} is {name}", (subscribe({**QUERY, part: value}),))


def _frames() -> Iterator[MalformedMessage]:
    codes = frozenset({INVALID, UNSUPPORTED})
    yield MalformedMessage("a binary frame", (b"\x00\xff\x00",), codes)
    yield MalformedMessage("an empty binary frame", (b"",), codes)
    yield MalformedMessage("JSON in a binary frame", (b'{"type": "ping"}',), codes)
    no_utf8, large = frozenset({NO_UTF8}), frozenset({TOO_LARGE})
    for raw in (b"\xff\xfe", b"\xc0\xaf", b'{"type": "\xed\xa0\x80"}', b'{"type": "p\xe9ng"}'):
        yield MalformedMessage(f"the text {raw!r}", (raw,), no_utf8, no_utf8=True)
    yield MalformedMessage("a frame of 2 MiB", ("x" * (2 * MIB),), large)
    yield MalformedMessage("a binary frame of 2 MiB", (b"x" * (2 * MIB),), large)
    yield MalformedMessage("2 MiB before the init", ("x" * (2 * MIB),), large, before_init=True)


def _out_of_turn() -> Iterator[MalformedMessage]:
    init = json.dumps({"type": "connection_init"})
    yield MalformedMessage("a second init", (init,), frozenset({TOO_MANY_INITS}))
    unauthorized = frozenset({UNAUTHORIZED})
    yield MalformedMessage("no init", (subscribe(QUERY),), unauthorized, before_init=True)
    broken = frozenset({INVALID})
    for name, text in {"no JSON": "{", "a list": "[]", "an unknown type": '{"type": "x"}'}.items():
        yield MalformedMessage(f"{name} before the init", (text,), broken, before_init=True)
    forbidden = frozenset({FORBIDDEN, UNAUTHORIZED})
    for token in ("wrong", "", "Bearer ", "x" * 100_000, "\ud800", "\0"):
        bad = json.dumps({"type": "connection_init", "payload": {"token": token}})
        yield MalformedMessage(f"the token {token[:9]!r}", (bad,), forbidden, before_init=True)
    yield MalformedMessage(
        "the end of what never began", ('{"type": "complete", "id": "9"}',), frozenset()
    )
    yield MalformedMessage("a pong that nobody asked for", ('{"type": "pong"}',), frozenset())


def _faulty_operations() -> Iterator[MalformedMessage]:
    """Messages in order, whose operation is not: the socket stays open."""
    faulty: dict[str, dict[str, object]] = {
        "an empty query": {"query": ""},
        "half a surrogate pair": {"query": "{ viewer { name } } \ud800"},
        "a deep query": {"query": "{ a " * 50_000},
        "an unknown field": {"query": "{ nothing }"},
        "a subscription to an unknown field": {"query": "subscription { nothing }"},
        "two fields of a subscription": {"query": "subscription { a: nothing b: nothing }"},
        "a name without its operation": {**QUERY, "operationName": "Nothing"},
        "a type definition": {"query": "type A { b: Int }"},
        "a variable too few": {"query": "query ($id: ID!) { node(id: $id) { id } }"},
        "garbage as a persisted query": {"query": "", "extensions": {"persistedQuery": 5}},
    }
    for name, payload in faulty.items():
        yield MalformedMessage(name, (subscribe(payload),), frozenset())
