"""A document that asks for too much is refused by the figure that was over, before it runs."""

import pytest

from tests.operations.excessive_documents import EXCESSES, Excess
from tests.served import Client, Json

ALL = pytest.mark.parametrize("excess", EXCESSES.values(), ids=EXCESSES)


def told(error: Json, excess: Excess) -> bool:
    """Whether an error names the limit with its figures, as a number and in words."""
    extensions = error["extensions"]
    found, allowed = extensions["found"], extensions["allowed"]
    assert extensions["code"] == "QUERY_TOO_COMPLEX"
    assert extensions["retryable"] is False
    assert found > allowed
    assert (excess.found or found, excess.allowed or allowed) == (found, allowed)
    assert f"{found}, and at most {allowed} is allowed" in error["message"]
    return bool(extensions["limit"] == excess.limit)


async def made(client: Client) -> int:
    """How many conversations the client has."""
    answer = await client("{ conversations { totalCount } }")
    return int(answer.data["conversations"]["totalCount"])


@ALL
async def test_it_is_refused_over_http_and_nothing_of_it_runs(
    alice: Client, excess: Excess
) -> None:
    answer = await alice(excess.text)
    assert told(answer.error, excess)
    assert "data" not in answer.body
    assert await made(alice) == 0


async def test_the_status_of_a_refusal_is_400_for_those_who_take_the_newer_media_type(
    alice: Client,
) -> None:
    headers = {
        "Authorization": f"Bearer {alice.token}",
        "Accept": "application/graphql-response+json",
    }
    for excess in EXCESSES.values():
        async with alice.session.post(
            f"{alice.url}/graphql", json={"query": excess.text}, headers=headers
        ) as response:
            assert response.status == 400
            assert told((await response.json())["errors"][0], excess)


async def test_it_is_refused_on_a_socket_which_goes_on(alice: Client) -> None:
    async with alice.socket() as socket:
        for name, excess in EXCESSES.items():
            payload = {"query": excess.text}
            await socket.raw.send_json({"type": "subscribe", "id": name, "payload": payload})
            message = await socket.message()
            assert (message["type"], message["id"]) == ("error", name)
            assert told(message["payload"][0], excess)
        query = {"query": "{ viewer { name } }"}
        await socket.raw.send_json({"type": "subscribe", "id": "good", "payload": query})
        assert (await socket.next())["data"] == {"viewer": {"name": "User 1"}}
    assert await made(alice) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 100])
async def test_a_batch_is_refused_whole(alice: Client, count: int) -> None:
    batch = [{"query": "mutation { createConversation(input: {}) { __typename } }"}] * count
    headers = {"Authorization": f"Bearer {alice.token}"}
    async with alice.session.post(f"{alice.url}/graphql", json=batch, headers=headers) as response:
        body = await response.json()
    assert response.status == 400
    assert body["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert "Batches are not taken" in body["errors"][0]["message"]
    assert await made(alice) == 0
