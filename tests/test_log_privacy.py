"""The log of a whole process repeats neither texts nor secrets, whatever clients and models do."""

import json
import signal
from dataclasses import dataclass

import aiohttp

from db.database import Database, Transaction
from tests.program import environment, running
from tests.scripted_model import ScriptedModel, answer, refuse, refuse_for_long, say, say_then_cut

PROMPT, REPLY, UPSTREAM = "zebra prompt", "zebra reply", "zebra upstream"
KEY = "sk-zebra-0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ6ZWJyYSI6MX0.emVicmE"
TOKEN = f"parley_{'zebra' * 8}"
BLOCKED = "zebrablocked"
SEND = "mutation Send($content: String!) { sendMessage(input: {content: $content}) { run { id } } }"


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of the process that may send anything."""

    session: aiohttp.ClientSession
    address: str
    token: str

    async def post(self, body: object, *, token: str | None = None, **headers: str) -> list[str]:
        """Send a body; the codes of the errors."""
        headers = {"Authorization": f"Bearer {token or self.token}", **headers}
        async with self.session.post(
            f"{self.address}/graphql", json=body, headers=headers
        ) as response:
            said = await response.text()
            errors = json.loads(said).get("errors", []) if said.startswith("{") else []
            return [error["extensions"]["code"] for error in errors]

    async def say(self, content: str) -> list[str]:
        """Send a message; the codes of the errors."""
        return await self.post({"query": SEND, "variables": {"content": content}})


async def test_no_line_of_the_log_holds_a_text_a_token_or_a_key(
    database_url: str, model: ScriptedModel
) -> None:
    said = f"{UPSTREAM} {PROMPT} {KEY} {JWT}"
    model.next(
        say(REPLY),
        refuse(401, message=said),
        refuse(400, message=said, param=KEY, code=said),
        refuse_for_long(500),
        answer(said.encode()),
        say_then_cut(REPLY),
    )
    env = environment(
        database_url,
        OPENAI_BASE_URL=model.url,
        OPENAI_API_KEY=KEY,
        PARLEY_LOG_FORMAT="json",
        PARLEY_REDACT_PII="WARN",
        PARLEY_REDACT_WORDS="BLOCK",
        PARLEY_REDACT_WORD_LIST=BLOCKED,
    )
    async with running("serve", "--sign-in-link", env=env) as (process, link):
        address, _, token = link.partition("/?token=")
        async with aiohttp.ClientSession() as session:
            caller = Caller(session, address, token)
            await _send_everything(caller)
            await _break(database_url)
            assert await caller.say(PROMPT) == ["INTERNAL"]
            process.send_signal(signal.SIGTERM)
            _, logged = await process.communicate()
    lines = logged.decode().splitlines()
    entries = [json.loads(line) for line in lines]
    for secret in (token, KEY, JWT, TOKEN, "zebra", "Zebra", "eyJ", "upstream secret"):
        assert secret not in logged.decode(), secret
    told = {(entry["level"], entry["event"]) for entry in entries}
    assert ("error", "internal error") in told
    assert ("warning", "sent to the model as it was found") in told
    assert any("MODEL" in line or "key" in line for line in lines)


async def _send_everything(caller: Caller) -> None:
    """Sends that work and fail, and requests that are none."""
    assert await caller.say(f"{PROMPT} zebra@example.org") == []
    for code in ("AUTHENTICATION", "REJECTED", "UNAVAILABLE", "REJECTED", "UNAVAILABLE"):
        await caller.say(f"{PROMPT} {code}")
    assert await caller.say(f"{PROMPT} {BLOCKED}") == ["MESSAGE_BLOCKED"]
    for bad in (TOKEN, JWT, KEY, "zebra"):
        assert await caller.post({"query": "{ viewer { id } }"}, token=bad) == ["UNAUTHENTICATED"]
    for query in (f"{{ {PROMPT} ", f'{{ nothing(id: "{TOKEN} {JWT} {KEY}") }}', PROMPT):
        assert await caller.post({"query": query}) == ["BAD_USER_INPUT"]
    assert await caller.post({"query": SEND, "variables": {"content": {PROMPT: KEY}}})
    await caller.post({"query": "{ viewer { id } }", "operationName": f"{TOKEN} {PROMPT}"})
    await caller.post({"query": "{ viewer { id } }"}, **{"X-Request-Id": f"Bearer {JWT}"})
    async with caller.session.get(
        f"{caller.address}/graphql",
        params={"query": f"{{ {PROMPT} }}"},
        headers={"Authorization": f"Bearer {caller.token}"},
    ) as response:
        assert response.status < 500
    await _over_a_socket(caller)


async def _over_a_socket(caller: Caller) -> None:
    """A broken document, a send and a message of no shape over one socket."""
    async with caller.session.ws_connect(
        f"{caller.address}/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        payload: dict[str, object] = {"token": caller.token}
        await socket.send_json({"type": "connection_init", "payload": payload})
        await socket.receive_json()
        for number, query in enumerate((f"{{ {PROMPT}", f"subscription {{ {PROMPT} }}")):
            payload = {"query": query}
            await socket.send_json({"type": "subscribe", "id": str(number), "payload": payload})
            assert (await socket.receive_json())["type"] == "error"
        await socket.send_str(f"{PROMPT} {KEY}")
        await socket.receive()
        assert socket.close_code == 4400


async def _break(database_url: str) -> None:
    """Take a table away, so that the next send is a fault of ours."""

    async def body(transaction: Transaction) -> None:
        await transaction.rows("ALTER TABLE monthly_usage RENAME TO gone")

    database = await Database.open(database_url)
    await database.write(body)
    await database.close()
