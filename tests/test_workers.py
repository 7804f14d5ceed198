"""`parley serve --workers`: processes on one socket, of which any may go and none is missed."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp

from tests.program import ask, environment, run
from tests.scripted_model import ScriptedModel, say_then_wait
from tests.supervised import Supervised, environment_of, supervised
from tests.test_graceful_stop import SEND, until_unready
from web.server import bind

VIEWER = "{ viewer { id } }"


async def test_several_workers_without_redis_are_refused_with_the_reason(database_url: str) -> None:
    code, output, errors = await run("serve", "--workers", "2", env=environment(database_url))
    assert (code, output) == (1, "")
    assert errors == (
        "parley: 2 workers need REDIS_URL: without it, streams, stops and rate limits of one "
        "process do not reach the others\n"
    )


async def test_workers_share_an_address_and_a_database(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    async with supervised(database_url, redis_url, model.url) as parley:
        assert len(parley.workers) == 2
        await until_both_have_answered(parley)
        answers = await asyncio.gather(*(ask(parley.link, SEND, wait=True) for _ in range(60)))
        assert not [answer for answer in answers if "errors" in answer]
        usage = await ask(parley.link, "{ usage { tokensUsed tokensReserved } }")
        assert usage["data"] == {"usage": {"tokensUsed": 60 * 18, "tokensReserved": 0}}
        parley.process.send_signal(signal.SIGTERM)
        assert await parley.end() == 0


async def test_a_killed_worker_is_replaced(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    async with supervised(database_url, redis_url, model.url) as parley:
        killed = min(parley.workers)
        os.kill(killed, signal.SIGKILL)
        await parley.until_workers(lambda workers: killed not in workers)
        assert "data" in await ask(parley.link, VIEWER)
        assert [entry["exit_code"] for entry in parley.entries if "exit_code" in entry] == [-9]


async def test_sighup_replaces_all_workers_and_no_request_fails(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    async with supervised(database_url, redis_url, model.url) as parley:
        before = parley.workers
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as clients:
            asked = [clients.create_task(ask_on(parley, enough)) for _ in range(2)]
            sent = [clients.create_task(send_on(parley, enough, number)) for number in range(2)]
            parley.process.send_signal(signal.SIGHUP)
            await parley.log.until_more("all workers are replaced", times=1, within_seconds=90)
            await parley.until_workers(lambda workers: not workers & before)
            enough.set()
        assert min(task.result() for task in asked) > 10
        runs = sum(task.result() for task in sent)
        assert runs > 10
        usage = await ask(parley.link, "{ usage { tokensUsed tokensReserved } }")
        assert usage["data"] == {"usage": {"tokensUsed": runs * 18, "tokensReserved": 0}}
        assert parley.answered() > parley.workers


async def test_sighup_lets_a_running_reply_finish_on_the_old_worker(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with supervised(database_url, redis_url, model.url, grace_seconds=60) as parley:
        before = parley.workers
        waiting = asyncio.create_task(ask(parley.link, SEND, wait=True))
        await model.until_asked(1)
        parley.process.send_signal(signal.SIGHUP)
        await parley.log.until_more("worker started", times=1)
        async with asyncio.timeout(20), aiohttp.ClientSession() as session:
            while not parley.answered() - before:
                async with session.get(f"{parley.address}/readyz") as response:
                    assert response.status == 200
                assert "data" in await ask(parley.link, VIEWER)
        gate.set()
        payload = (await waiting)["data"]["sendMessage"]  # type: ignore[index]
        assert payload["reply"] == {"content": "All of it", "status": "COMPLETE"}
        await parley.until_workers(lambda workers: not workers & before)


async def test_ctrl_c_in_a_terminal_gives_running_replies_their_time(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    await assert_a_reply_finishes_after_a_signal_to_all(
        signal.SIGINT, database_url, redis_url, model
    )


async def test_sigterm_for_all_processes_gives_running_replies_their_time(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    await assert_a_reply_finishes_after_a_signal_to_all(
        signal.SIGTERM, database_url, redis_url, model
    )


async def test_sigterm_for_the_parent_says_unready_first_and_leaves_nothing_behind(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with supervised(database_url, redis_url, model.url, grace_seconds=60) as parley:
        [metrics] = {environment_of(pid)["PROMETHEUS_MULTIPROC_DIR"] for pid in parley.workers}
        assert await asyncio.to_thread(Path(metrics).is_dir)
        waiting = asyncio.create_task(ask(parley.link, SEND, wait=True))
        await model.until_asked(1)
        parley.process.send_signal(signal.SIGTERM)
        await until_unready(parley.link)
        gate.set()
        payload = (await waiting)["data"]["sendMessage"]  # type: ignore[index]
        assert payload["reply"] == {"content": "All of it", "status": "COMPLETE"}
        assert await parley.end() == 0
    assert not await asyncio.to_thread(Path(metrics).exists)


async def test_a_second_ctrl_c_interrupts_at_once(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    model.next(say_then_wait("So ", "far", gate=asyncio.Event()))
    async with supervised(database_url, redis_url, model.url, grace_seconds=3600) as parley:
        await ask(parley.link, SEND, wait=False)
        await model.until_asked(1)
        parley.signal_all(signal.SIGINT)
        await until_unready(parley.link)
        parley.signal_all(signal.SIGINT)
        assert await parley.end() == 0


async def test_workers_do_not_outlive_a_killed_parent_but_finish_what_they_have(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with supervised(database_url, redis_url, model.url, grace_seconds=60) as parley:
        waiting = asyncio.create_task(ask(parley.link, SEND, wait=True))
        await model.until_asked(1)
        parley.process.kill()
        await parley.log.until_more("the parent process is gone", times=2)
        await until_the_port_is_free(parley.link)
        gate.set()
        payload = (await waiting)["data"]["sendMessage"]  # type: ignore[index]
        assert payload["reply"] == {"content": "All of it", "status": "COMPLETE"}


async def assert_a_reply_finishes_after_a_signal_to_all(
    sig: int, database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    """The parent passes it on, but that is not a second signal, which would hurry."""
    gate = asyncio.Event()
    model.next(say_then_wait("All ", "of it", gate=gate))
    async with supervised(database_url, redis_url, model.url, grace_seconds=60) as parley:
        waiting = asyncio.create_task(ask(parley.link, SEND, wait=True))
        await model.until_asked(1)
        parley.signal_all(sig)
        await parley.log.until_more("the workers are told to stop", times=1)
        await until_unready(parley.link)
        gate.set()
        payload = (await waiting)["data"]["sendMessage"]  # type: ignore[index]
        assert payload["reply"] == {"content": "All of it", "status": "COMPLETE"}
        assert await parley.end() == 0


async def until_both_have_answered(parley: Supervised) -> None:
    """Ask on new connections until every worker has answered once."""
    async with asyncio.timeout(20):
        while parley.answered() != parley.workers:
            answers = await asyncio.gather(*(ask(parley.link, VIEWER) for _ in range(5)))
            assert not [answer for answer in answers if "errors" in answer]


async def until_the_port_is_free(link: str) -> None:
    """Wait until a new parent could listen where the old one did."""
    port = int(link.partition("/?")[0].rpartition(":")[2])
    async with asyncio.timeout(10):
        while True:
            try:
                bind("127.0.0.1", port).close()
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return


async def ask_on(parley: Supervised, enough: asyncio.Event) -> int:
    """Ask again and again on connections that are kept; how often that was. None may fail."""
    address, _, token = parley.link.partition("/?token=")
    headers = {"Authorization": f"Bearer {token}"}
    times = 0
    async with aiohttp.ClientSession(headers=headers) as session:
        while not enough.is_set():
            async with session.post(f"{address}/graphql", json={"query": VIEWER}) as response:
                assert "data" in await response.json()
            times += 1
    return times


async def send_on(parley: Supervised, enough: asyncio.Event, number: int) -> int:
    """Send again and again; how many runs that made. Who is told to come again does so."""
    document = """mutation ($key: String!) {
        sendMessage(input: {content: "Hi", idempotencyKey: $key}) { reply { status } }
    }"""
    times = 0
    while not enough.is_set():
        answer = await ask(parley.link, document, key=f"{number}-{times}")
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "SHUTTING_DOWN"  # type: ignore[index]
            continue
        reply = answer["data"]["sendMessage"]["reply"]  # type: ignore[index]
        assert reply["status"] == "COMPLETE"
        times += 1
    return times
