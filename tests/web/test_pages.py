"""What is served beside the endpoint, and how it is called from pages."""

import pytest

from tests.conftest import StartParley
from tests.served import Served


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/nowhere", "/graphql/x"])
async def test_nothing_else_is_there(parley: Served, path: str) -> None:
    async with parley.session.get(parley.url + path) as response:
        assert response.status == 404


async def test_pages_of_listed_origins_may_call_and_others_may_not(
    start_parley: StartParley,
) -> None:
    async with start_parley(cors_origins=("https://app.example.org",)) as parley:
        allowed = []
        for origin in ("https://app.example.org", "https://evil.example.org"):
            headers = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            }
            async with parley.session.options(f"{parley.url}/graphql", headers=headers) as answer:
                allowed.append(answer.headers.get("Access-Control-Allow-Origin"))
    assert allowed == ["https://app.example.org", None]


async def test_a_request_id_of_the_caller_comes_back_in_errors(parley: Served) -> None:
    alice = await parley.client()
    for given, expected in (("trace-7", "trace-7"), ("x" * 101, None), ("", None)):
        async with parley.session.post(
            f"{parley.url}/graphql",
            json={"query": "{ nonsense }"},
            headers={"Authorization": f"Bearer {alice.token}", "X-Request-Id": given},
        ) as response:
            body = await response.json()
        found = body["errors"][0]["extensions"]["requestId"]
        assert found == expected if expected else len(found) == 32


async def test_queries_come_by_get_too_and_mutations_do_not(parley: Served) -> None:
    alice = await parley.client()
    headers = {"Authorization": f"Bearer {alice.token}"}
    url = f"{parley.url}/graphql"
    async with parley.session.get(
        url, params={"query": "{ viewer { name } }"}, headers=headers
    ) as response:
        assert (await response.json())["data"]["viewer"]["name"] == "User 1"
    mutation = "mutation { createConversation(input: {}) { conversation { id } } }"
    async with parley.session.get(url, params={"query": mutation}, headers=headers) as response:
        assert response.status == 405
    assert (await alice("{ conversations { totalCount } }")).data["conversations"] == {
        "totalCount": 0
    }
