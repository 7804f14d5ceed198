"""The state machine of a socket, message by message, without a socket."""

import json
from typing import Any

import pytest

from resolvers.results import Result
from web.http.parameters import Parameters
from web.sockets.closing import CloseCode
from web.sockets.protocol import (
    Action,
    Admit,
    Close,
    Reject,
    SendText,
    SocketProtocol,
    Start,
    Stop,
)

INIT = '{"type": "connection_init"}'
RESULT = Result(b'{"data":{"a":1}}')
REFUSED = Result(b"{}", "BAD_USER_INPUT", refused=True, errors=({"message": "No."},))


def subscribe(id_: str = "1", **payload: object) -> str:
    """A subscribe message."""
    return json.dumps({"id": id_, "type": "subscribe", "payload": {"query": "{ a }", **payload}})


def complete(id_: str = "1") -> str:
    """A complete message."""
    return json.dumps({"id": id_, "type": "complete"})


def new(most_operations: int = 3) -> SocketProtocol:
    """A socket that was just opened."""
    return SocketProtocol(most_operations=most_operations)


def let_in(most_operations: int = 3) -> SocketProtocol:
    """A socket that was let in."""
    protocol = new(most_operations)
    protocol.received(INIT)
    protocol.admitted()
    return protocol


def sent(actions: list[Action]) -> list[dict[str, Any]]:
    """What is sent; nothing else may be done."""
    assert all(isinstance(action, SendText) for action in actions), actions
    return [json.loads(action.text) for action in actions if isinstance(action, SendText)]


def code(actions: list[Action]) -> CloseCode:
    """The code of a close, the only thing that is done."""
    [action] = actions
    assert isinstance(action, Close)
    return action.code


def test_who_asks_to_be_let_in_is_looked_at_and_then_acknowledged() -> None:
    protocol = new()
    assert protocol.received('{"type": "connection_init", "payload": {"token": "t"}}') == [
        Admit({"token": "t"})
    ]
    assert sent(protocol.admitted()) == [{"type": "connection_ack"}]


def test_a_second_init_closes_with_4429_also_before_the_acknowledgement() -> None:
    asked = new()
    asked.received(INIT)
    assert code(asked.received(INIT)) == 4429
    assert asked.admitted() == []
    assert code(let_in().received(INIT)) == 4429


def test_an_operation_before_the_acknowledgement_closes_with_4401() -> None:
    assert code(new().received(subscribe())) == 4401
    asked = new()
    asked.received(INIT)
    assert code(asked.received(subscribe())) == 4401


def test_no_init_in_time_closes_with_4408() -> None:
    assert code(new().init_timed_out()) == 4408


def test_time_does_not_matter_once_the_init_came() -> None:
    asked = new()
    asked.received(INIT)
    assert asked.init_timed_out() == []
    assert let_in().init_timed_out() == []


def test_an_operation_is_run_its_results_are_sent_and_its_end_told() -> None:
    protocol = let_in()
    assert protocol.received(subscribe(variables={"x": 1}, operationName="A")) == [
        Start("1", Parameters("{ a }", "A", {"x": 1}))
    ]
    assert sent(protocol.result("1", RESULT)) == [
        {"id": "1", "type": "next", "payload": {"data": {"a": 1}}}
    ]
    assert sent(protocol.finished("1")) == [{"id": "1", "type": "complete"}]
    assert protocol.finished("1") == []


def test_a_refused_operation_ends_with_an_error_and_the_socket_goes_on() -> None:
    protocol = let_in()
    protocol.received(subscribe())
    assert sent(protocol.result("1", REFUSED)) == [
        {"id": "1", "type": "error", "payload": [{"message": "No."}]}
    ]
    assert protocol.finished("1") == []
    assert protocol.received(subscribe()) == [Start("1", Parameters("{ a }"))]


def test_who_completes_an_operation_hears_no_more_of_it_and_may_use_its_id_again() -> None:
    protocol = let_in()
    protocol.received(subscribe())
    assert protocol.received(complete()) == [Stop("1")]
    assert protocol.result("1", RESULT) == []
    assert protocol.finished("1") == []
    assert protocol.received(complete()) == []
    assert protocol.received(subscribe()) == [Start("1", Parameters("{ a }"))]


def test_an_id_that_is_in_use_closes_with_4409() -> None:
    protocol = let_in()
    protocol.received(subscribe("twice"))
    [action] = protocol.received(subscribe("twice"))
    assert action == Close(
        CloseCode.SUBSCRIBER_ALREADY_EXISTS, "Subscriber for twice already exists"
    )


def test_a_close_frame_has_room_for_its_reason() -> None:
    protocol = let_in()
    protocol.received(subscribe("ü" * 250))
    [action] = protocol.received(subscribe("ü" * 250))
    assert isinstance(action, Close)
    assert len(action.reason.encode()) <= 123


def test_more_operations_than_allowed_are_rejected_one_by_one() -> None:
    protocol = let_in(most_operations=1)
    protocol.received(subscribe("1"))
    assert protocol.received(subscribe("2")) == [Reject("2")]
    assert sent(protocol.result("2", REFUSED))[0]["id"] == "2"
    protocol.received(complete("1"))
    assert protocol.received(subscribe("3")) == [Start("3", Parameters("{ a }"))]


@pytest.mark.parametrize("protocol", [new(), let_in()])
def test_a_ping_is_answered_at_any_time_with_its_payload(protocol: SocketProtocol) -> None:
    assert sent(protocol.received('{"type": "ping"}')) == [{"type": "pong"}]
    assert sent(protocol.received('{"type": "ping", "payload": {"a": 1}}')) == [
        {"type": "pong", "payload": {"a": 1}}
    ]
    assert protocol.received('{"type": "pong"}') == []


@pytest.mark.parametrize("payload", ['"' + "x" * 5000 + '"', "[" * 1000 + "]" * 1000])
def test_a_long_or_deep_ping_is_answered_without_its_payload(payload: str) -> None:
    message = '{"type": "ping", "payload": {"a": ' + payload + "}}"
    assert sent(let_in().received(message)) == [{"type": "pong"}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        '"x"',
        "{}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "\ud800",
        '{"type": 5}',
        '{"type": "unknown"}',
        '{"type": "next", "id": "1"}',
        '{"type": "connection_init", "payload": 5}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "ping", "payload": 5}',
        '{"type": "pong", "payload": []}',
        '{"type": "complete"}',
        '{"type": "complete", "id": []}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 7}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": "x"}}',
        json.dumps({"type": "subscribe", "id": "x" * 20_000, "payload": {"query": "{ a }"}}),
    ],
)
def test_a_message_that_the_protocol_does_not_know_closes_with_4400(text: str) -> None:
    assert code(let_in().received(text)) == 4400


def test_a_binary_message_closes_with_4400() -> None:
    assert code(let_in().received_bytes()) == 4400


def test_nothing_is_done_after_a_close() -> None:
    protocol = let_in()
    protocol.received(subscribe("1"))
    assert code(protocol.close(CloseCode.UNAUTHORIZED, "The token has ended")) == 4401
    assert protocol.closed
    assert protocol.received(subscribe("2")) == []
    assert protocol.received(INIT) == []
    assert protocol.result("1", RESULT) == []
    assert protocol.finished("1") == []
    assert protocol.received_bytes() == []
    assert protocol.close(CloseCode.BAD_REQUEST, "again") == []


def test_results_of_an_operation_that_runs_are_the_same_texts_without_an_action() -> None:
    protocol = let_in()
    protocol.received(subscribe('"1"'))
    [action] = protocol.result('"1"', RESULT)
    assert isinstance(action, SendText)
    assert protocol.next_texts('"1"', [RESULT, RESULT]) == [action.text.encode()] * 2


def test_results_of_an_operation_that_is_over_are_no_texts() -> None:
    protocol = let_in()
    protocol.received(subscribe("1"))
    protocol.received(complete("1"))
    assert protocol.next_texts("1", [RESULT]) == []
    protocol.received(subscribe("2"))
    protocol.close(CloseCode.UNAUTHORIZED, "")
    assert protocol.next_texts("2", [RESULT]) == []
