"""5,000 subscriptions in one process, each on a websocket of its own: how long, and how large.

Once, since it takes long and memory is to be that of a process which did nothing else.
"""

import resource
import time
from collections.abc import Sequence

from bench.budgets import Found
from bench.calls import Caller
from bench.crowd import crowd, until_idle
from bench.outcome import Outcome
from bench.places import Place, model_server, parley
from bench.rounds import figure
from bench.sends import CREATE, SEND
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
    found = [one for place in places for one in await _measured(place)]
    text = (
        f"{SOCKETS:,} websockets with a subscription each, of {CONVERSATIONS} conversations; "
        "memory is that of the whole process. Once."
    )
    return Outcome(_TITLE, tuple(found), (text,))


async def _measured(place: Place) -> list[Found]:
    url = await place.database("sockets")
    async with storing(url) as stored:
        [person] = await stored.people(1)
    async with (
        model_server() as model,
        parley(url, model=model.address, PARLEY_SOCKETS_PER_USER=str(SOCKETS)) as server,
        Caller(server.address, person.token) as caller,
    ):
        made = [await caller.data(CREATE) for _ in range(CONVERSATIONS)]
        ids = [data["createConversation"]["conversation"]["id"] for data in made]
        begun = time.perf_counter()
        async with crowd(server.address, person.token, ids * (SOCKETS // CONVERSATIONS)) as people:
            seconds = await until_idle(server, seconds=_REST_SECONDS) - begun
            memory = server.memory_megabytes()
            # All of them are open if those of any conversation hear what is said there: two
            # messages that come, and two that are final.
            await caller.data(SEND, input={"conversationId": ids[0], "content": "Hello"})
            await people.until(4 * SOCKETS // CONVERSATIONS, seconds=_REST_SECONDS)
    return [
        Found("sockets.seconds", place.name, figure([seconds])),
        Found("sockets.megabytes", place.name, figure([memory])),
    ]


def _allowed(files: int) -> bool:
    """Let this process and those that it starts have so many files open, if that may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files <= hard
