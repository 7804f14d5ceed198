"""The proxy before several servers: it takes turns, passes over who is down, and loses no byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.scaled.round_robin import round_robin


@asynccontextmanager
async def saying(word: bytes) -> AsyncIterator[int]:
    """A server that says its word, then repeats what it is told; its port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word)
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def said(url: str, told: bytes = b"") -> bytes:
    """All that a new connection says to one who says this and no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(told)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_one_connection_after_the_other_goes_to_the_next_server() -> None:
    async with saying(b"one") as one, saying(b"two") as two, round_robin([one, two]) as proxy:
        assert [await said(proxy.url) for _ in range(4)] == [b"one", b"two", b"one", b"two"]


async def test_a_server_that_is_down_is_passed_over_until_it_is_back() -> None:
    async with saying(b"one") as one:
        async with saying(b"two") as two:
            pass
        async with round_robin([one, two]) as proxy:
            assert [await said(proxy.url) for _ in range(3)] == [b"one"] * 3


async def test_where_all_are_down_the_connection_is_closed() -> None:
    async with saying(b"one") as one:
        pass
    async with round_robin([one]) as proxy:
        with suppress(ConnectionError):
            assert await said(proxy.url) == b""


async def test_much_is_carried_whole_in_both_directions() -> None:
    much = bytes(range(256)) * 20_000
    async with saying(b">") as one, round_robin([one]) as proxy:
        assert await said(proxy.url, much) == b">" + much


async def test_an_answer_reaches_one_who_was_still_talking_when_it_was_given() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"too much")
        writer.close()

    async with (
        await asyncio.start_server(refuse, "127.0.0.1", 0) as server,
        round_robin([server.sockets[0].getsockname()[1]]) as proxy,
    ):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(proxy.url.rpartition(":")[2])
        )
        writer.write(bytes(4_000_000))
        assert await asyncio.wait_for(reader.read(), 10) == b"too much"
        writer.close()
