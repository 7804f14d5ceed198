"""5,000 subscriptions in one process, each on a websocket of its own: how long, and how large.

Once, since it takes long and memory is to be that of a process which did nothing else.
"""

import resource
import time
from collections.abc import Sequence

from bench.budgets import Found
from bench.calls import Caller
from bench.crowd import conversation, crowd, until_idle
from bench.outcome import Outcome
from bench.places import Place, model_server, parley
from bench.rounds import figure
from bench.sends import SEND
from bench.stored import storing

SOCKETS = 5000
_TITLE = "Many sockets"
CONVERSATIONS = 50
_REST_SECONDS = 180
_SPARE_FILES = 500


async def measure(places: Sequence[Place]) -> Outcome:
    """On each place."""
    if not _allowed(SOCKETS + _SPARE_FILES):
        return Outcome(_TITLE, (), ("Left out: a process may not have so many files open here.",))
    found: list[Found] = []
    lines: list[str] = []
    for place in places:
        figures, told = await _measured(place)
        found += figures
        lines.append(f"- {told}")
    text = (
        f"{SOCKETS:,} websockets with a subscription each, of {CONVERSATIONS} conversations; "
        "each has heard of a message that it missed when it counts as open. Memory is that of the "
        "whole process. Once."
    )
    return Outcome(_TITLE, tuple(found), (text, "", *lines))


async def _measured(place: Place) -> tuple[list[Found], str]:
    url = await place.database("sockets")
    async with storing(url) as stored:
        [person] = await stored.people(1)
    async with (
        model_server() as model,
        parley(url, model=model.address, PARLEY_SOCKETS_PER_USER=str(SOCKETS)) as server,
        Caller(server.address, person.token) as caller,
    ):
        ids = [await conversation(caller) for _ in range(CONVERSATIONS)]
        begun, used = time.perf_counter(), server.cpu_seconds()
        async with crowd(server, person.token, ids * (SOCKETS // CONVERSATIONS)) as people:
            seconds, cpu = time.perf_counter() - begun, server.cpu_seconds() - used
            await until_idle(server, seconds=_REST_SECONDS)
            memory, heard = server.memory_megabytes(), people.heard
            # They are still there: those of a conversation hear two messages that come, and two
            # that are final.
            await caller.data(SEND, input={"conversationId": ids[0], "content": "Hello"})
            await people.until(heard + 4 * SOCKETS // CONVERSATIONS, seconds=_REST_SECONDS)
            refusals = people.refusals
    figures = {"sockets.seconds": seconds, "sockets.megabytes": memory}
    told = f"{place.name}: {cpu * 1000 / SOCKETS:.1f} ms of CPU for each, {refusals} times told to "
    found = [Found(key, place.name, figure([one])) for key, one in figures.items()]
    return found, f"{told}try again."


def _allowed(files: int) -> bool:
    """Let this process and those that it starts have so many files open, if that may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files <= hard
