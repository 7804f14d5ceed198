"""Whatever is sent in place of a request is refused in the shape of GraphQL, and breaks nothing."""

import io
import json
from collections.abc import AsyncIterator

import pytest
from yarl import URL

from tests.operations.error_log import ErrorLog, error_log
from tests.operations.malformed_addresses import addresses
from tests.operations.malformed_bodies import Malformed, corpus
from tests.served import Client, Served

_CHUNK_BYTES = 64 * 1024


async def post(client: Client, malformed: Malformed) -> tuple[int, str]:
    """Send a body as it is; the status and the text of the answer."""
    headers = {"Authorization": f"Bearer {client.token}", **malformed.headers}
    data = _chunks(malformed.body) if malformed.chunked else io.BytesIO(malformed.body)
    skip = [] if "Content-Type" in headers else ["Content-Type"]
    async with client.session.post(
        f"{client.url}/graphql", data=data, headers=headers, skip_auto_headers=skip
    ) as response:
        return response.status, await response.text()


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _CHUNK_BYTES):
        yield body[start : start + _CHUNK_BYTES]


def fault_of(status: int, text: str, *, harmless: bool = False) -> str | None:
    """What is wrong with an answer to a malformed request, if anything is."""
    told = f"{status} {text[:120]!r}"
    if not (400 <= status < 500 or status == 200):
        return f"a wrong status: {told}"
    try:
        errors = json.loads(text).get("errors", [])
        codes = [error["extensions"]["code"] for error in errors]
    except (ValueError, LookupError, AttributeError):
        return f"not in the shape of GraphQL: {told}"
    if not codes and not (harmless and status == 200):
        return f"no errors: {told}"
    return f"a fault of ours: {told}" if "INTERNAL" in codes else None


async def _fault_afterwards(client: Client, log: ErrorLog) -> str | None:
    """What a request broke, if anything."""
    if logged := log.taken():
        return f"logged {logged[0][:300]}"
    answer = await client("{ viewer { name } }")
    return None if answer.status == 200 else f"afterwards {answer}"


async def test_every_malformed_body_is_refused_as_graphql_and_breaks_nothing(
    alice: Client, parley: Served
) -> None:
    faults: dict[str, str] = {}
    bodies = corpus()
    with error_log(parley) as log:
        for malformed in bodies:
            fault = fault_of(*await post(alice, malformed), harmless=malformed.harmless)
            fault = fault or await _fault_afterwards(alice, log)
            if fault:
                faults[malformed.name] = fault
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())
    assert len({one.name for one in bodies}) == len(bodies) >= 200


async def test_every_malformed_address_is_refused_as_graphql_and_breaks_nothing(
    alice: Client, parley: Served
) -> None:
    faults: dict[str, str] = {}
    headers = {"Authorization": f"Bearer {alice.token}"}
    with error_log(parley) as log:
        for malformed in addresses():
            url = URL(f"{alice.url}/graphql?{malformed.query}", encoded=True)
            async with alice.session.get(url, headers=headers) as response:
                fault = fault_of(response.status, await response.text())
            fault = fault or await _fault_afterwards(alice, log)
            if fault:
                faults[malformed.name] = fault
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())
    assert (await alice("{ viewer { name } }")).data == {"viewer": {"name": "User 1"}}


async def test_what_is_malformed_is_not_even_read_without_a_token(alice: Client) -> None:
    stranger = Client(alice.url, alice.session, "wrong", alice.user)
    for malformed in corpus()[::10]:
        status, text = await post(stranger, malformed)
        assert status == 401, malformed.name
        assert json.loads(text)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


NO_REQUESTS = {
    "NaN": b'{"query": "{ viewer { name } }", "variables": {"a": NaN}}',
    "Infinity": b'{"query": "{ viewer { name } }", "variables": {"a": -Infinity}}',
    "bad UTF-8": b'{"query": "{ viewer { name } } # \xff"}',
    "a Latin-1 letter": '{"query": "{ viewer { name } } # é"}'.encode("latin-1"),
    "UTF-16": json.dumps({"query": "{ viewer { name } }"}).encode("utf-16"),
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep variables": b'{"query": "{ viewer { name } }", "variables": ' + b"[" * 90_000,
    "null": b"null",
    "a number": b"7",
    "a text": b'"{ viewer { name } }"',
    "nothing": b"",
}


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_no_json_object_in_utf_8_is_a_bad_request(alice: Client, body: bytes) -> None:
    status, text = await post(alice, Malformed("a body", body))
    errors = json.loads(text)["errors"]
    assert status == 400
    assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"]
