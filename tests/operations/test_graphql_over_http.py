"""GraphQL over HTTP as its specification has it, MUST, SHOULD and MAY.

The audits are those of the npm package graphql-http, which the authors of the specification name
as its reference: https://github.com/graphql/graphql-http
"""

import json

from tests.clients.node import NODE, output
from tests.served import Client


async def test_every_audit_of_graphql_over_http_passes(alice: Client) -> None:
    said = await output(NODE, "audits.mjs", PARLEY=alice.url, TOKEN=alice.token)
    results = [json.loads(line) for line in said.splitlines()]
    failed = [result for result in results if result["status"] != "ok"]
    assert not failed, "\n".join(
        f"{result['id']} {result['name']}: {result['reason']}" for result in failed
    )
    assert len({result["id"] for result in results}) == 61
