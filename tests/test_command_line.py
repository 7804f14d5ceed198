"""The command `parley`, run as a process of its own."""

import asyncio
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from resolvers.graphql_schema import graphql_schema
from tests.faults.eventually import eventually
from tests.program import alive, ask, children_of, environment, run, running
from tests.scripted_model import ScriptedModel, say_then_wait


async def test_serve_prints_a_link_that_signs_in_as_the_local_admin(database_url: str) -> None:
    env = environment(database_url)
    for _ in range(2):
        async with running("serve", "--sign-in-link", env=env) as (process, link):
            answer = await ask(link, "{ viewer { name role apiTokens { expiresAt } } }")
            assert answer["data"]["viewer"]["role"] == "ADMIN"  # type: ignore[index]
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0


async def test_serve_prints_no_token_unless_asked(database_url: str) -> None:
    async with running("serve", env=environment(database_url)) as (_, link):
        assert "token" not in link


async def test_two_may_start_at_once_on_one_new_database(database_url: str, tmp_path: Path) -> None:
    url = database_url if database_url.startswith("postgres") else f"sqlite://{tmp_path}/new"
    env = environment(url)
    async with (
        running("serve", "--sign-in-link", env=env) as (_, first),
        running("serve", "--sign-in-link", env=env) as (_, second),
    ):
        viewers = [await ask(link, "{ viewer { id } }") for link in (first, second)]
        assert viewers[0] == viewers[1]


async def test_the_log_never_holds_the_token_of_the_link(database_url: str) -> None:
    async with running("serve", "--sign-in-link", env=environment(database_url)) as (process, link):
        async with aiohttp.ClientSession() as session, session.get(link) as page:
            assert page.status == 200
        await ask(link, "{ viewer { id } }")
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
    token = link.partition("token=")[2]
    assert token.encode() not in output + errors


async def test_the_whole_path_works_with_a_compatible_server(
    database_url: str, model: ScriptedModel
) -> None:
    env = environment(database_url, OPENAI_BASE_URL=model.url, OPENAI_API_KEY="sk-1")
    async with running("serve", "--sign-in-link", env=env) as (_, link):
        query = 'mutation { sendMessage(input: {content: "Hi"}) { reply { content } } }'
        answer = await ask(link, query)
    assert answer["data"] == {"sendMessage": {"reply": {"content": "You said: Hi 🎉"}}}
    assert model.headers[0]["Authorization"] == "Bearer sk-1"


async def test_without_a_model_a_send_says_what_to_set(database_url: str) -> None:
    async with running("serve", "--sign-in-link", env=environment(database_url)) as (_, link):
        query = (
            'mutation { sendMessage(input: {content: "Hi"}) { reply { id } userMessage { id } } }'
        )
        answer = await ask(link, query)
    errors = answer["errors"]
    assert errors[0]["extensions"]["code"] == "MODEL_AUTHENTICATION"  # type: ignore[index]
    assert "OPENAI_API_KEY" in errors[0]["message"]  # type: ignore[index]


async def test_demo_answers_with_the_stand_in_and_stops_it_at_the_end(database_url: str) -> None:
    async with running("demo", env=environment(database_url)) as (process, link):
        query = (
            'mutation { sendMessage(input: {content: "Hello"}) { reply { content } tokensUsed } }'
        )
        answer = await ask(link, query)
        reply = answer["data"]["sendMessage"]["reply"]["content"]  # type: ignore[index]
        assert "stand-in" in reply
        assert "Hello" in reply
        stand_ins = children_of(process.pid)
        assert len(stand_ins) == 1
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert not any(map(alive, stand_ins))


async def test_demo_obeys_a_base_url(database_url: str, model: ScriptedModel) -> None:
    env = environment(database_url, OPENAI_BASE_URL=model.url)
    async with running("demo", env=env) as (_, link):
        query = 'mutation { sendMessage(input: {content: "Hi"}) { reply { content } } }'
        answer = await ask(link, query)
    assert answer["data"] == {"sendMessage": {"reply": {"content": "You said: Hi 🎉"}}}


async def test_a_port_in_use_is_one_clear_line(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, errors = await run("serve", env=environment(database_url, PARLEY_PORT=port))
    assert code == 1
    assert errors.splitlines() == [
        f"parley: cannot listen on 127.0.0.1:{port}: Address already in use"
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PARLEY_PORT", "http", "PARLEY_PORT"),
        ("PARLEY_TEMPERATURE", "3", "PARLEY_TEMPERATURE"),
        ("PARLEY_REDACT_PII", "SOMETIMES", "PARLEY_REDACT_PII"),
        ("PARLEY_PROMPT_PRESETS", "/nowhere.json", "PARLEY_PROMPT_PRESETS"),
        ("OPENAI_BASE_URL", "example.org", "OPENAI_BASE_URL"),
        ("OPENAI_BASE_URL", "http://[", "OPENAI_BASE_URL"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:port/v1", "OPENAI_BASE_URL"),
        ("OPENAI_API_KEY", "sk-\nsecret", "OPENAI_API_KEY"),
        ("PARLEY_DEFAULT_MODEL", "x" * 201, "PARLEY_DEFAULT_MODEL"),
        ("PARLEY_JWT_SECRET", "secret" * 6, "parley: PARLEY_JWT_AUDIENCE: is required"),
        ("PARLEY_JWT_ISSUER", "https://issuer.example", "parley: PARLEY_JWT_ISSUER: does nothing"),
        ("DATABASE_URL", "mysql://root@localhost/x", "DATABASE_URL"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL"),
        ("DATABASE_URL", "postgres://u:secret@127.0.0.1:1/x", "DATABASE_URL"),
        ("DATABASE_URL", "sqlite:///nowhere/x.sqlite3", "DATABASE_URL"),
        ("DATABASE_URL", "sqlite:///tmp", "DATABASE_URL"),
        ("DATABASE_URL", f"sqlite://{__file__}", "DATABASE_URL"),
        ("DATABASE_URL", "postgres://u:secret@127.0.0.1:port/x", "DATABASE_URL"),
        ("PARLEY_SEND_RATE_LIMIT", "secret", "must be like 60/minute"),
        ("PARLEY_CORS_ORIGINS", "*", "must be origins as browsers send them"),
    ],
)
async def test_a_wrong_setting_is_one_clear_line(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    env = environment(f"sqlite://{tmp_path}/x.sqlite3", **{name: value})
    code, output, errors = await run("serve", env=env)
    assert code == 1
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert expected in errors
    assert "secret" not in errors


async def test_users_and_tokens_are_made_and_revoked(database_url: str) -> None:
    env = environment(database_url)
    code, user, _ = await run("user", "add", "Jo@Example.org", "--name", "Jo", env=env)
    assert (code, user[:5]) == (0, "user_")
    code, made, _ = await run("token", "add", "jo@example.org", "--name", "n8n", env=env)
    token, secret = made.split()
    async with running("serve", env=env) as (_, address):
        answer = await ask(f"{address}/?token={secret}", "{ viewer { id name } }")
        assert answer["data"] == {"viewer": {"id": user.strip(), "name": "Jo"}}
        assert await run("token", "revoke", token, env=env) == (0, "revoked\n", "")

        async def is_refused() -> bool:
            return "errors" in await ask(f"{address}/?token={secret}", "{ viewer { id } }")

        await eventually(is_refused)  # another program has revoked it
    for arguments in (
        ("user", "add", "jo@example.org"),
        ("user", "add", "no address"),
        ("token", "add", "nobody@example.org"),
        ("token", "revoke", token),
        ("token", "revoke", "nonsense"),
    ):
        code, _, errors = await run(*arguments, env=env)
        assert (code, len(errors.splitlines())) == (1, 1), errors


async def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    env = environment(f"sqlite://{tmp_path}/x.sqlite3")
    code, output, errors = await run("migrate", env=env)
    assert (code, errors) == (0, "")
    assert output.splitlines() == [
        "applied 0001_initial",
        "applied 0002_prompt_index",
        "applied 0003_open_runs",
        "applied 0004_subjects",
        "applied 0005_search",
        "applied 0006_run_origins",
    ]
    assert await run("migrate", env=env) == (0, "nothing to do\n", "")


async def test_schema_export_prints_the_schema(tmp_path: Path) -> None:
    code, output, _ = await run("schema", "export", env=environment(f"sqlite://{tmp_path}/x"))
    assert (code, output) == (0, graphql_schema().as_str() + "\n")


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("demo",),
        ("user", "add"),
        ("token", "add"),
        ("token", "revoke"),
        ("export",),
        ("import",),
    ],
)
async def test_help_is_there_for_every_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, output, _ = await run(*command, "--help", env=environment(f"sqlite://{tmp_path}/x"))
    assert code == 0
    assert "Usage:" in output


async def test_what_a_killed_process_had_written_is_kept_and_its_conversation_goes_on(
    database_url: str, model: ScriptedModel
) -> None:
    model.next(say_then_wait("Half of a ", "story", gate=asyncio.Event()))
    env = environment(database_url, OPENAI_BASE_URL=model.url)
    send = """mutation ($c: ID) {
        sendMessage(input: {content: "Go", wait: false, conversationId: $c}) {
            conversation { id } run { id }
        }
    }"""
    async with running("serve", "--sign-in-link", env=env) as (process, link):
        sent = (await ask(link, send))["data"]["sendMessage"]  # type: ignore[index]
        run_id, conversation = sent["run"]["id"], sent["conversation"]["id"]
        await until_seen(link, run_id, "reply", {"content": "Half of a story"})
        process.kill()
        await process.wait()
    async with running("serve", "--sign-in-link", env=env) as (_, link):
        run = await until_seen(link, run_id, "status", "INTERRUPTED")
        assert run["reply"] == {"content": "Half of a story"}
        usage = await ask(link, "{ usage { tokensReserved } }")
        assert usage["data"] == {"usage": {"tokensReserved": 0}}
        assert "errors" not in await ask(link, send, c=conversation)


async def until_seen(link: str, run_id: str, field: str, value: object) -> dict[str, object]:
    """Poll a run, as a client that cannot subscribe does, for thirty seconds at the most."""
    query = "query ($id: ID!) { run(id: $id) { status reply { content } } }"
    async with asyncio.timeout(30):
        while True:
            answer = await ask(link, query, id=run_id)
            run: dict[str, object] = answer["data"]["run"]  # type: ignore[index]
            if run[field] == value:
                return run
            await asyncio.sleep(0.1)
