"""The endpoint over HTTP: what it takes, in which forms it answers, and what it refuses.

Conformance to the letter is audited in `test_graphql_over_http.py`.
"""

import asyncio
import gzip
import hashlib
import json
from typing import Any

import pytest

from tests.conftest import StartParley
from tests.operations.error_log import error_log
from tests.served import Client, Json, Served

NAME = "{ viewer { name } }"
SUBSCRIPTION = 'subscription { newMessages(conversationId: "x") { id } }'
MUTATION = "mutation { createConversation(input: {}) { conversation { id } } }"
RESPONSE = "application/graphql-response+json"


async def request(client: Client, method: str = "POST", **given: Any) -> tuple[int, Json, Any]:
    """Send a request as the client; status, body and headers of its answer."""
    headers = {"Authorization": f"Bearer {client.token}", **given.pop("headers", {})}
    address = f"{client.url}/graphql"
    async with client.session.request(
        method, address, headers=headers, allow_redirects=False, **given
    ) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else {}, response.headers


def code(body: Json) -> str:
    """The code of the one error of an answer that holds no data."""
    assert set(body) == {"errors"}
    [error] = body["errors"]
    assert error["extensions"]["requestId"]
    return str(error["extensions"]["code"])


async def test_the_best_liked_form_is_answered_in_its_type(alice: Client) -> None:
    for accept, type_ in (
        ("application/json", "application/json; charset=utf-8"),
        (RESPONSE, f"{RESPONSE}; charset=utf-8"),
        (f"application/json;q=0.5, {RESPONSE}", f"{RESPONSE}; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
    ):
        status, body, headers = await request(
            alice, json={"query": NAME}, headers={"Accept": accept}
        )
        assert (status, headers["Content-Type"]) == (200, type_)
        assert body == {"data": {"viewer": {"name": "User 1"}}}


async def test_who_takes_no_form_of_answer_gets_406_in_json(alice: Client) -> None:
    status, body, _ = await request(alice, json={"query": NAME}, headers={"Accept": "image/png"})
    assert (status, code(body)) == (406, "BAD_USER_INPUT")


async def test_a_bare_document_may_be_posted(alice: Client) -> None:
    status, body, _ = await request(
        alice, data=NAME, headers={"Content-Type": "application/graphql"}
    )
    assert (status, body["data"]) == (200, {"viewer": {"name": "User 1"}})


async def test_queries_come_by_get_and_mutations_do_not(alice: Client) -> None:
    status, body, _ = await request(alice, "GET", params={"query": NAME})
    assert (status, body["data"]) == (200, {"viewer": {"name": "User 1"}})
    status, body, headers = await request(alice, "GET", params={"query": MUTATION})
    assert (status, code(body), headers["Allow"]) == (405, "BAD_USER_INPUT", "POST")
    answer = await alice("{ conversations { totalCount } }")
    assert answer.data["conversations"] == {"totalCount": 0}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_other_methods_are_told_which_there_are(alice: Client, method: str) -> None:
    status, _, headers = await request(alice, method)
    assert (status, headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
    ],
)
async def test_forms_of_other_sites_are_refused(alice: Client, content_type: str) -> None:
    body = json.dumps({"query": MUTATION})
    status, answer, _ = await request(alice, data=body, headers={"Content-Type": content_type})
    assert (status, code(answer)) == (415, "BAD_USER_INPUT")


async def test_an_encoded_body_is_refused_unread(alice: Client) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < 1024 * 1024
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    status, body, answered = await request(alice, data=bomb, headers=headers)
    assert (status, code(body)) == (415, "BAD_USER_INPUT")
    assert answered["Accept-Encoding"] == "identity"


async def test_a_batch_is_refused_as_too_complex(alice: Client) -> None:
    status, body, _ = await request(alice, json=[{"query": NAME}, {"query": NAME}])
    assert (status, code(body)) == (400, "QUERY_TOO_COMPLEX")


async def test_a_document_that_is_too_complex_is_told_by_how_much(alice: Client) -> None:
    deep = "{ conversations { nodes " + "{ parent " * 10 + "{ id }" + " }" * 12
    for accept, expected in (("application/json", 200), (RESPONSE, 400)):
        status, body, _ = await request(alice, json={"query": deep}, headers={"Accept": accept})
        assert (status, code(body)) == (expected, "QUERY_TOO_COMPLEX")
        extensions = body["errors"][0]["extensions"]
        assert (extensions["limit"], extensions["found"], extensions["allowed"]) == (
            "depth",
            13,
            10,
        )


async def test_the_cost_is_reckoned_with_the_variables(alice: Client) -> None:
    query = """query ($n: Int!) {
        conversations(first: $n) { nodes { messages(first: 100) { nodes { id } } } }
    }"""
    few = await alice(query, n=5)
    assert few.data["conversations"]["nodes"] == []
    many = await alice(query, n=100)
    assert many.code == "QUERY_TOO_COMPLEX"
    assert many.error["extensions"]["limit"] == "cost"


async def test_without_a_token_nothing_is_told_of_the_schema(parley: Served) -> None:
    for query in ("{ viewr { name } }", "{ __schema { types { name } } }", "{"):
        async with parley.session.post(f"{parley.url}/graphql", json={"query": query}) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
            text = await response.text()
        assert code(json.loads(text)) == "UNAUTHENTICATED"
        assert "viewer" not in text


async def test_introspection_can_be_switched_off(start_parley: StartParley) -> None:
    async with start_parley(introspection=False) as parley:
        alice = await parley.client()
        for query in ("{ __schema { types { name } } }", '{ __type(name: "User") { name } }'):
            assert (await alice(query)).code == "BAD_USER_INPUT"
        assert (await alice("{ __typename }")).data == {"__typename": "Query"}
        guessed = await alice("{ viewr { name } }")
        assert "viewer" not in guessed.error["message"]


async def test_a_subscription_needs_a_form_that_streams(alice: Client) -> None:
    status, body, _ = await request(alice, json={"query": SUBSCRIPTION})
    assert (status, code(body)) == (400, "BAD_USER_INPUT")
    assert "text/event-stream" in body["errors"][0]["message"]


@pytest.mark.one_process("each process remembers the documents that it was sent")
async def test_a_document_is_known_by_its_hash_once_it_was_sent(alice: Client) -> None:
    digest = hashlib.sha256(NAME.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    _, body, _ = await request(alice, json={"extensions": extensions})
    [error] = body["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        "PersistedQueryNotFound",
        "PERSISTED_QUERY_NOT_FOUND",
    )
    _, body, _ = await request(alice, json={"query": NAME, "extensions": extensions})
    assert body["data"] == {"viewer": {"name": "User 1"}}
    _, body, _ = await request(alice, "GET", params={"extensions": json.dumps(extensions)})
    assert body["data"] == {"viewer": {"name": "User 1"}}


async def test_a_request_has_a_name_in_its_answer_and_its_errors(alice: Client) -> None:
    for query in (NAME, "{ nonsense }"):
        _, body, headers = await request(
            alice, json={"query": query}, headers={"X-Request-Id": "trace-7"}
        )
        assert headers["X-Request-Id"] == "trace-7"
        named = [error["extensions"]["requestId"] for error in body.get("errors", [])]
        assert named == ["trace-7"] * len(named)


async def test_whoever_opens_the_address_in_a_browser_is_led_to_graphiql(parley: Served) -> None:
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with parley.session.get(
        f"{parley.url}/graphql", headers=headers, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["Location"]) == (303, "/graphiql")


async def test_an_operation_that_needs_its_name_says_so(alice: Client) -> None:
    two = "query A { viewer { name } } query B { models { name } }"
    status, body, _ = await request(alice, json={"query": two}, headers={"Accept": RESPONSE})
    assert (status, body["errors"][0]["extensions"]["field"]) == (400, "operationName")
    status, body, _ = await request(alice, json={"query": two, "operationName": "A"})
    assert body["data"] == {"viewer": {"name": "User 1"}}


async def test_a_client_that_leaves_in_mid_body_leaves_nothing_in_the_log(
    alice: Client, parley: Served
) -> None:
    host, port = parley.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {alice.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with error_log(parley) as log:
        writer.write(head.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await alice(NAME)).data["viewer"]["name"] == "User 1"
    assert log.taken() == []
