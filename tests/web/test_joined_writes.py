"""The head of an answer goes out with what is written right after it, and never later than it."""

import asyncio

from web.joined_writes import JoinedWrites


class Recorder(asyncio.Transport):
    """A connection's transport that keeps what is written, write by write."""

    def __init__(self) -> None:
        """Nothing was written."""
        super().__init__()
        self.writes: list[bytes] = []
        self.closed_after: int | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.writes.append(bytes(data))

    def close(self) -> None:
        """Note after how many writes."""
        self.closed_after = len(self.writes)

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed_after is not None


def answer() -> tuple[JoinedWrites, Recorder]:
    """What an answer is written to, and what comes of it."""
    recorder = Recorder()
    return JoinedWrites(recorder, asyncio.get_running_loop()), recorder


async def test_a_head_and_what_follows_at_once_are_one_write() -> None:
    writes, recorder = answer()
    writes.write(b"head ")
    writes.write(b"body")
    await asyncio.sleep(0)
    assert recorder.writes == [b"head body"]


async def test_a_head_does_not_wait_for_what_comes_later() -> None:
    writes, recorder = answer()
    writes.write(b"head ")
    await asyncio.sleep(0)
    assert recorder.writes == [b"head "]
    writes.write(b"one ")
    writes.write(b"two")
    assert recorder.writes == [b"head ", b"one ", b"two"]


async def test_what_is_long_is_not_copied() -> None:
    writes, recorder = answer()
    long = b"x" * 100_000
    writes.write(b"head ")
    writes.write(long)
    assert recorder.writes == [b"head ", long]


async def test_a_connection_is_closed_behind_the_head() -> None:
    writes, recorder = answer()
    writes.write(b"head ")
    writes.close()
    assert (recorder.writes, recorder.closed_after) == ([b"head "], 1)
    assert writes.is_closing()


async def test_nothing_is_written_to_a_connection_that_was_closed_meanwhile() -> None:
    writes, recorder = answer()
    writes.write(b"head ")
    recorder.close()
    await asyncio.sleep(0)
    assert recorder.writes == []
