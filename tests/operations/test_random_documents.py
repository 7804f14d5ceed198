"""Random documents get data or an error of the catalogue, never a fault of ours.

PARLEY_TEST_FUZZ_SECONDS says for how long (`make fuzz`), PARLEY_TEST_FUZZ_SEED which documents.
"""

import asyncio
import json
import logging
import os
import time
from collections import Counter
from dataclasses import dataclass, field

from chat.error_codes import ErrorCode
from tests.operations.belongings import Belongings, belongings
from tests.operations.error_log import ErrorLog, error_log
from tests.operations.random_documents import RandomDocuments
from tests.scripted_model import ScriptedModel
from tests.served import Client, Json, Served, Socket

_log = logging.getLogger(__name__)

SECONDS = float(os.environ.get("PARLEY_TEST_FUZZ_SECONDS", "10"))
SEED = int(os.environ.get("PARLEY_TEST_FUZZ_SEED", "1"))
QUERIES, MUTATIONS, SUBSCRIPTIONS = 30, 30, 10
# How long a subscription may have nothing to tell before it is left.
SILENCE_SECONDS = 0.5
SAFE = frozenset(ErrorCode) - {ErrorCode.INTERNAL, ErrorCode.UNAUTHENTICATED}
IDS = ["conversation", "branch", "message", "reply", "failed", "run", "api_token", "user"]


@dataclass
class Hunt:
    """One account that random documents are sent to, and what came of them."""

    client: Client
    owned: Belongings
    log: ErrorLog
    seed: int
    came: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def judge(self, document: str, body: Json, status: int = 200) -> None:
        """Count an answer. Fails on a fault of ours, with what makes it again."""
        errors = body.get("errors") or []
        codes = {error["extensions"]["code"] for error in errors}
        logged = self.log.taken()
        again = (
            f"PARLEY_TEST_FUZZ_SEED={SEED}, batch seed {self.seed}:\n{document}\n{body}\n{logged}"
        )
        assert status < 500, again
        assert codes <= SAFE, again
        assert logged == [], again
        assert errors or body.get("data") is not None, again
        first = document.partition(" ")[0]
        kind = first if first in {"mutation", "subscription"} else "query"
        self.came[kind] += 1
        self.came[f"{kind} with data"] += not errors
        self.codes.update(codes)

    def filled_in(self, document: str) -> str:
        """The document with what exists in place of the names."""
        for name, id_ in self.owned.ids.items():
            document = document.replace(f'"${name}"', f'"{id_}"')
        return document

    async def request(self, document: str) -> None:
        """Send a query or mutation."""
        status, text = await _posted(self.client, self.filled_in(document))
        self.judge(document, json.loads(text), status)

    async def subscribe(self, socket: Socket, id_: str, document: str) -> None:
        """Subscribe, take one event or error, and leave."""
        payload = {"query": self.filled_in(document)}
        await socket.raw.send_str(json.dumps({"type": "subscribe", "id": id_, "payload": payload}))
        answer = await _first(socket, id_)
        if answer is None:
            self.came["silent subscription"] += 1
        elif answer["type"] == "error":
            self.judge(document, {"errors": answer["payload"]})
        elif answer["type"] == "next":
            self.judge(document, answer["payload"])
        if answer is None or answer["type"] == "next":
            await socket.raw.send_json({"type": "complete", "id": id_})


async def _posted(client: Client, query: str) -> tuple[int, str]:
    """The answer to a query that may hold halves of surrogate pairs."""
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    async with client.session.post(
        f"{client.url}/graphql", data=json.dumps({"query": query}), headers=headers
    ) as response:
        return response.status, await response.text()


async def _first(socket: Socket, id_: str) -> Json | None:
    """The first message of an operation; None when it has nothing to tell."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            while True:
                message = await socket.message()
                if message.get("id") == id_:
                    return message
    except TimeoutError:
        return None


async def hunt_once(parley: Served, model: ScriptedModel, log: ErrorLog, seed: int) -> Hunt:
    """Send one batch to an account of its own, which is then erased."""
    client = await parley.client()
    hunt = Hunt(client, await belongings(client, model), log, seed)
    documents = RandomDocuments(IDS)
    cursor = "{ conversations(first: 1) { pageInfo { endCursor } } }"
    page = (await client(cursor)).data["conversations"]["pageInfo"]
    hunt.owned.ids["cursor"] = page["endCursor"]
    async with client.socket() as socket:
        for number, document in enumerate(documents.subscriptions(SUBSCRIPTIONS, seed)):
            await hunt.subscribe(socket, str(number), document)
    for query in documents.queries(QUERIES, seed):
        await hunt.request(query)
    for mutation in documents.mutations(MUTATIONS, seed):
        await hunt.request(mutation)
    await hunt.request("mutation { deleteMyData { deletedConversations deletedMessages } }")
    assert (await client("{ viewer { id } }")).status == 401
    return hunt


async def test_random_documents_never_meet_a_fault_of_ours(
    parley: Served, model: ScriptedModel
) -> None:
    came, codes = Counter[str](), Counter[str]()
    ends = time.monotonic() + SECONDS
    batch = 0
    with error_log(parley) as log:
        while not batch or time.monotonic() < ends:
            hunt = await hunt_once(parley, model, log, SEED * 1_000_000 + batch)
            came.update(hunt.came)
            codes.update(hunt.codes)
            batch += 1
    _log.info("%d batches of seed %d: %s %s", batch, SEED, dict(came), dict(codes))
    assert came["query"] + came["mutation"] + came["subscription"] >= 50 * batch, came
    for kind in ("query", "mutation", "subscription"):
        assert came[f"{kind} with data"] >= came[kind] / 20 > 0, came
