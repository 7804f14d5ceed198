"""Requests that are no GraphQL, or cannot be run: a clear refusal, never a server error."""

import pytest

from tests.served import Client, Served


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"x"', "7", "[" * 100_000, '{"query": 7}', "{}"]
)
async def test_malformed_bodies_never_give_a_server_error(parley: Served, body: str) -> None:
    alice = await parley.client()
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    async with alice.session.post(f"{alice.url}/graphql", data=body, headers=headers) as response:
        assert response.status < 500, await response.text()


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"query": "{ viewer { name } }", "variables": {"a": ' + b"9" * 5000 + b"}}"],
)
async def test_bodies_that_are_no_text_or_no_number_are_refused(
    parley: Served, body: bytes
) -> None:
    alice = await parley.client()
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    async with alice.session.post(f"{alice.url}/graphql", data=body, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        ("{", None),
        ("{ viewer { name } }", "Unknown"),
        ("{ nonsense }", None),
        ("fragment F on User { id }", None),
    ],
)
async def test_a_faulty_document_ends_its_operation_on_a_stream_with_an_error(
    alice: Client, document: str, operation: str | None
) -> None:
    payload = {"query": document, "operationName": operation}
    async with alice.socket() as socket:
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
        message = await socket.message()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await socket.raw.send_json(
            {"id": "2", "type": "subscribe", "payload": {"query": "{ viewer { name } }"}}
        )
        assert (await socket.next())["data"] == {"viewer": {"name": "User 1"}}


@pytest.mark.parametrize(
    "text",
    ["[]", "null", "5", "{", '{"type": 5}', '{"type": "subscribe", "id": "1", "payload": 5}'],
)
async def test_a_socket_message_of_a_wrong_shape_closes_the_socket_with_4400(
    alice: Client, text: str
) -> None:
    async with alice.socket() as socket:
        await socket.raw.send_str(text)
        await socket.raw.receive()
        assert socket.raw.close_code == 4400


async def test_a_faulty_document_is_told_over_sse(alice: Client) -> None:
    async with alice.events("{") as stream:
        _, payload = await stream.next()
    assert payload["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_subscription_needs_a_transport_that_streams(alice: Client) -> None:
    query = {"query": 'subscription { newMessages(conversationId: "x") { id } }'}
    headers = {"Authorization": f"Bearer {alice.token}"}
    async with alice.session.post(f"{alice.url}/graphql", json=query, headers=headers) as response:
        assert response.status == 400
