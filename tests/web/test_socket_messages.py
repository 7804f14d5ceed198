"""The shapes of socket messages."""

import pytest

from web.socket_messages import well_formed


@pytest.mark.parametrize(
    "message",
    [
        {"type": "connection_init"},
        {"type": "ping", "payload": 5},
        {"type": "complete", "id": "1"},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}},
        {
            "type": "subscribe",
            "id": "1",
            "payload": {"query": "{ a }", "variables": {}, "operationName": None},
        },
    ],
)
def test_messages_of_the_protocol_are_well_formed(message: object) -> None:
    assert well_formed(message)


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        5,
        {},
        {"type": 5},
        {"type": "complete"},
        {"type": "complete", "id": []},
        {"type": "subscribe"},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": "1", "payload": 5},
        {"type": "subscribe", "id": "1", "payload": {"query": 5}},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 7}},
    ],
)
def test_messages_of_another_shape_are_not(message: object) -> None:
    assert not well_formed(message)
