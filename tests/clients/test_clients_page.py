"""docs/clients.md keeps its word: each of its set-ups runs as it stands."""

import sys

import pytest

from tests.clients.node import output
from tests.clients.page import ROOT, Project, blocks
from tests.served import Client

SAID = "You said: Hello! 🎉"


async def test_graphql_ws_shows_the_reply_as_it_grows(alice: Client, project: Project) -> None:
    [script] = blocks("graphql-ws", "js")
    assert await project.run(script, alice.url, alice.token) == f"{SAID}\n[COMPLETE]\n"


async def test_graphql_sse_gets_the_reply(alice: Client, project: Project) -> None:
    [script] = blocks("graphql-sse", "js")
    assert await project.run(script, alice.url, alice.token) == f"{SAID}\n[COMPLETE]\n"


@pytest.mark.parametrize("over", ["socket", "multipart"])
async def test_apollo_client_puts_the_growing_reply_into_its_cache(
    over: str, alice: Client, project: Project
) -> None:
    [script] = blocks("Apollo Client", "js")
    if over == "multipart":
        before, _, rest = script.partition("link: ApolloLink.split(")
        script = before + "link: http," + rest.partition("\n  ),\n")[2]
    modified = "(content) => content + event.text"
    assert modified in script
    shown = "(content) => console.log(content + event.text) || content + event.text"
    lines = (
        await project.run(script.replace(modified, shown), alice.url, alice.token)
    ).splitlines()
    assert lines[-2:] == ["USER COMPLETE Hello!", f"ASSISTANT COMPLETE {SAID}"]
    assert all(SAID.startswith(line) for line in lines[:-2])


async def test_urql_follows_and_then_reads(alice: Client, project: Project) -> None:
    [script] = blocks("urql", "js")
    lines = (await project.run(script, alice.url, alice.token)).splitlines()
    assert lines[-1] == f"2 {SAID}"
    assert all(line.startswith("…") for line in lines[:-1])


async def test_urql_follows_over_server_sent_events_too(alice: Client, project: Project) -> None:
    [script] = blocks("urql", "js")
    before, _, rest = script.partition("    subscriptionExchange({")
    after = rest.partition("    }),\n  ],\n")[2]
    script = f"{before}  ],\n  fetchSubscriptions: true,\n{after}"
    said = await project.run(script, alice.url, alice.token)
    assert said.splitlines()[-1] == f"2 {SAID}"


async def test_relay_works_with_what_its_compiler_writes(alice: Client, project: Project) -> None:
    operations, script = blocks("Relay", "js")
    project.write("relay.config.json", blocks("Relay", "json")[0])
    project.write("operations.js", operations)
    await project.tool("relay-compiler/cli.js")
    said = await project.run(script, alice.url, alice.token)
    assert said == f"USER Hello!\nASSISTANT {SAID}\n"


async def test_gql_for_python_sends_and_follows(alice: Client) -> None:
    [script] = blocks("Python: gql", "python")
    said = await output(sys.executable, "-c", script, PARLEY=alice.url, TOKEN=alice.token)
    assert said == f"{SAID} COMPLETE\n"


async def test_curl_asks_in_every_way_there_is(alice: Client, project: Project) -> None:
    [script] = blocks("curl", "sh")
    said = await output(
        "bash", "-euc", script, cwd=project.folder, PARLEY=alice.url, TOKEN=alice.token
    )
    assert '"totalCount":0' in said
    assert '"role":"MEMBER"' in said
    assert f'"reply":{{"content":"{SAID}"}}' in said
    assert said.count("event: next") == 2
    assert "errors" not in said


@pytest.mark.one_process("each process remembers the documents that it was sent")
async def test_apollo_client_sends_hashes_for_documents(alice: Client, project: Project) -> None:
    [script] = blocks("Persisted queries", "js")
    sending = "(address, options) => patientFetch("
    assert sending in script
    watched = sending.replace(
        "patient", "console.log('query' in JSON.parse(options.body)) || patient"
    )
    script = script.replace(sending, watched)
    answer = "test-model other-model\n"
    assert await project.run(script, alice.url, alice.token) == f"false\ntrue\n{answer}"
    assert await project.run(script, alice.url, alice.token) == f"false\n{answer}"


def test_the_readme_points_to_the_page() -> None:
    assert "(docs/clients.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
