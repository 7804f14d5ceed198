"""What sockets wait on does what asyncio's queue and event do."""

import asyncio

import pytest

from web.idle import Gate, Inbox


async def test_messages_come_in_their_order_to_who_waits_and_to_who_comes_later() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    for code in (1, 2, 3):
        inbox.put_nowait({"type": "websocket.disconnect", "code": code})
    assert (await waiting).get("code") == 1
    assert not inbox.empty()
    assert [(await inbox.get()).get("code") for _ in range(2)] == [2, 3]
    assert inbox.empty()


async def test_a_reader_that_stopped_waiting_loses_nothing() -> None:
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await inbox.get()
    inbox.put_nowait({"type": "websocket.connect"})
    assert await inbox.get() == {"type": "websocket.connect"}


async def test_a_gate_lets_all_through_who_waited_also_when_it_closes_at_once() -> None:
    gate = Gate()
    await gate.wait()
    gate.clear()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not gate.is_set()
    gate.set()
    gate.clear()
    await asyncio.wait_for(asyncio.gather(*waiting), 1)
    assert not gate.is_set()
    gate.set()
    gate.set()
    assert gate.is_set()
