"""A timeout for many blocks: it ends those that take too long, and nothing else."""

import asyncio

import pytest

from web.shared_timeout import SharedTimeout

SOON, NEVER = 0.01, 3600.0


async def for_ever() -> None:
    """Wait for what does not come."""
    await asyncio.Event().wait()


async def timed(shared: SharedTimeout) -> None:
    """A block that does not end by itself."""
    with shared.begin():
        await for_ever()


async def test_a_block_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await timed(SharedTimeout(SOON))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_ends_in_time_is_left_alone_for_good() -> None:
    timeout = SharedTimeout(SOON)
    with timeout.begin():
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await timed(timeout)


async def test_each_block_has_its_whole_time() -> None:
    timeout, loop = SharedTimeout(5 * SOON), asyncio.get_running_loop()
    first = asyncio.create_task(timed(timeout))
    await asyncio.sleep(SOON)
    begun = loop.time()
    with pytest.raises(TimeoutError):
        await timed(timeout)
    assert loop.time() - begun >= timeout.seconds - 0.001
    assert isinstance(first.exception(), TimeoutError)


async def test_blocks_that_begin_together_end_together() -> None:
    timeout = SharedTimeout(SOON)
    ended = await asyncio.gather(*(timed(timeout) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in ended] == [TimeoutError] * 3


async def test_a_cancellation_stays_one() -> None:
    task = asyncio.create_task(timed(SharedTimeout(NEVER)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_end_of_the_time_is_not_lost() -> None:
    async def cancelled_meanwhile() -> None:
        task = asyncio.current_task()
        assert task is not None
        block = SharedTimeout(NEVER).begin()
        with block:
            task.cancel()
            block.expire()
            await for_ever()

    task = asyncio.create_task(cancelled_meanwhile())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_blocks_may_stand_in_one_another() -> None:
    with pytest.raises(TimeoutError), SharedTimeout(SOON).begin():
        await timed(SharedTimeout(NEVER))
    with SharedTimeout(NEVER).begin(), pytest.raises(TimeoutError):
        await timed(SharedTimeout(SOON))


async def test_the_error_of_a_block_is_told_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), SharedTimeout(NEVER).begin():
        raise ZeroDivisionError


def test_it_goes_on_in_the_next_loop() -> None:
    timeout = SharedTimeout(SOON)

    async def short() -> None:
        with timeout.begin():
            await asyncio.sleep(0)

    asyncio.run(short())
    with pytest.raises(TimeoutError):
        asyncio.run(timed(timeout))


def test_only_a_task_can_be_timed() -> None:
    with pytest.raises(RuntimeError):
        SharedTimeout(NEVER).begin()
