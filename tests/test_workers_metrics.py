"""Workers are measured together: whichever is asked shows what all of them counted."""

import asyncio
import os
import signal

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.program import ask
from tests.scripted_model import ScriptedModel
from tests.supervised import Supervised, supervised
from tests.test_graceful_stop import SEND

OPERATIONS = ("parley_operations_total", "code=,kind=mutation,transport=http")


async def shown(parley: Supervised) -> dict[tuple[str, str], float]:
    """What a worker shows, on a connection of its own, so that any of them may answer."""
    address, _, token = parley.link.partition("/?token=")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{address}/metrics") as response,
    ):
        assert response.status == 200
        body = await response.text()
    return {
        (one.name, ",".join(f"{label}={value}" for label, value in sorted(one.labels.items()))): (
            one.value
        )
        for family in text_string_to_metric_families(body)
        for one in family.samples
    }


async def test_every_worker_shows_what_all_counted_also_after_one_was_killed(
    database_url: str, redis_url: str, model: ScriptedModel
) -> None:
    async with supervised(database_url, redis_url, model.url) as parley:
        await asyncio.gather(*(ask(parley.link, SEND, wait=True) for _ in range(20)))
        seen = [await shown(parley) for _ in range(10)]
        assert {found[OPERATIONS] for found in seen} == {20}
        assert {found["parley_runs_ended_total", "code=,status=COMPLETE"] for found in seen} == {20}
        assert {found["parley_redis_connected", ""] for found in seen} == {1}
        killed = min(parley.workers)
        os.kill(killed, signal.SIGKILL)
        await parley.until_workers(lambda workers: killed not in workers)
        await ask(parley.link, SEND, wait=True)
        assert {(await shown(parley))[OPERATIONS] for _ in range(10)} == {21}
