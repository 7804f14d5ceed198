"""A socket that says what the protocol does not allow is closed with the code that it names."""

import asyncio
import json
from typing import cast

import aiohttp

from chat.error_codes import ErrorCode
from tests.operations.error_log import error_log
from tests.operations.malformed_messages import (
    ALREADY_SUBSCRIBED,
    QUERY,
    MalformedMessage,
    messages,
    subscribe,
)
from tests.served import Client, Json, Served

Raw = aiohttp.ClientWebSocketResponse
# How a socket ends that only the client closes.
STILL_OPEN = (None, 1000)


async def opened(client: Client, *, init: bool) -> Raw:
    """A new socket, which is let in if wanted."""
    url = f"{client.url}/graphql"
    raw = await client.session.ws_connect(url, protocols=["graphql-transport-ws"])
    if init:
        await raw.send_json({"type": "connection_init", "payload": {"token": client.token}})
        assert (await raw.receive_json())["type"] == "connection_ack"
    return raw


async def send(raw: Raw, message: MalformedMessage) -> None:
    """Send the frames as they are."""
    for frame in message.frames:
        text = message.no_utf8 or isinstance(frame, str)
        kind = aiohttp.WSMsgType.TEXT if text else aiohttp.WSMsgType.BINARY
        await raw.send_frame(frame.encode() if isinstance(frame, str) else frame, kind)


async def received(raw: Raw) -> list[Json]:
    """What comes until the socket is closed, or has answered a ping."""
    found: list[Json] = []
    while True:
        message = await asyncio.wait_for(raw.receive(), 12)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return found
        parsed = cast("Json", json.loads(message.data))
        if parsed["type"] == "pong":
            return found
        found.append(parsed)


async def fault_of(client: Client, message: MalformedMessage) -> str | None:
    """What is wrong with how a socket answers a malformed message, if anything is."""
    raw = await opened(client, init=not message.before_init)
    try:
        await send(raw, message)
        await raw.send_json({"type": "ping"})
        answers = await received(raw)
    except (TimeoutError, aiohttp.ClientError) as error:
        return f"neither closed nor answered: {error!r}"
    finally:
        await raw.close()
    return _fault_of(message, answers, raw.close_code)


def _fault_of(message: MalformedMessage, answers: list[Json], code: int | None) -> str | None:
    told = f"{code} after {str(answers)[:200]}"
    if message.codes:
        return None if code in message.codes and not answers else told
    refusals = set(ErrorCode) - {ErrorCode.INTERNAL}
    for answer in answers:
        if answer["type"] != "error" or answer["id"] != "1":
            return told
        if answer["payload"][0]["extensions"]["code"] not in refusals:
            return told
    return None if code in STILL_OPEN else told


async def test_every_malformed_message_ends_as_the_protocol_says_and_breaks_nothing(
    alice: Client, parley: Served
) -> None:
    faults: dict[str, str] = {}
    corpus = messages()
    with error_log(parley) as log:
        for message in corpus:
            fault = await fault_of(alice, message)
            logged = log.taken()
            if fault or logged:
                faults[message.name] = fault or f"logged {logged[0][:300]}"
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())
    assert len({one.name for one in corpus}) == len(corpus) >= 100
    async with alice.socket() as socket:
        await socket.raw.send_str(subscribe(QUERY))
        assert (await socket.next())["data"] == {"viewer": {"name": "User 1"}}


async def test_an_id_is_taken_only_once_at_a_time(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    query = "subscription ($id: ID!) { newMessages(conversationId: $id) { id } }"
    message = subscribe({"query": query, "variables": {"id": conversation}})
    async with alice.socket() as socket:
        await socket.raw.send_str(message)
        await socket.raw.send_str(message)
        assert await received(socket.raw) == []
        assert socket.raw.close_code == ALREADY_SUBSCRIBED


async def test_an_id_may_be_long_and_odd(alice: Client) -> None:
    async with alice.socket() as socket:
        for id_ in ("x" * 10_000, " ", "\0", "\ud800", "🎉", "__proto__"):
            await socket.raw.send_str(subscribe(QUERY, id_))
            assert (await socket.message())["id"] == id_
            assert (await socket.message())["type"] == "complete"
