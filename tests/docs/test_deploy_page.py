"""docs/deploy.md keeps its word: its backups can be restored, and what it names is there."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]
from typer.testing import CliRunner

from command_line import cli
from db.migrate import migrate
from settings import Settings
from tests.conftest import StartParley
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.docs.pages import ROOT, Reader, blocks, page
from tests.served import Client

PAGE = page("deploy.md")
_PRODUCTION, BACK_UP, TRY, PUT_BACK, DUMP, RESTORE = blocks("deploy.md", "sh")
# The seconds that Parley takes for the end of connections, and some to spare.
_END_SECONDS = 15


def folders(tmp_path: Path) -> dict[str, str]:
    """What stands in place of the folders that the page begins with."""
    found = {"DATA": tmp_path / "data", "BACKUPS": tmp_path / "backups"}
    for folder in found.values():
        folder.mkdir()
    return {name: str(folder) for name, folder in found.items()}


async def said(client: Client) -> str:
    """What is found of the words of the test, by way of the index of words."""
    answer = await client('{ searchMessages(query: "parcel") { nodes { conversation { name } } } }')
    return str(answer.data)


async def test_a_backup_of_sqlite_holds_all_and_can_be_put_back(
    start_parley: StartParley, tmp_path: Path
) -> None:
    places = folders(tmp_path)
    assert _PRODUCTION == "export DATA=/var/lib/parley BACKUPS=/var/backups/parley\n"
    url = f"sqlite://{places['DATA']}/parley.sqlite3"
    await migrate(url)
    async with start_parley(database_url=url) as parley:
        alice = await parley.client()
        reader = Reader(tmp_path, parley.url, alice.token, **places)
        kept = await alice.send(None, "Where is my parcel?")
        before = await said(alice)
        _, tried, name = await reader.types(BACK_UP, TRY, 'echo "$backup"')
        assert tried == "ok\n"
        await alice.send(None, "A parcel that came after the backup")
        assert await said(alice) != before
    await reader.types(f"backup={name}{PUT_BACK}")
    async with start_parley(database_url=url) as parley:
        again = Client(parley.url, parley.session, alice.token, alice.user)
        assert await said(again) == before
        messages = await again.messages(kept["conversation"]["id"])
        assert [one["status"] for one in messages] == ["COMPLETE", "COMPLETE"]
        await again.send(kept["conversation"]["id"], "Go on")


async def test_a_dump_of_postgresql_holds_all_and_can_be_restored(
    start_parley: StartParley,
    databases: SqliteDatabases | PostgresDatabases,
    database_url: str,
    tmp_path: Path,
) -> None:
    if not isinstance(databases, PostgresDatabases):
        pytest.skip("on PostgreSQL only")
    if not dumps_version_of(database_url):
        pytest.skip("no pg_dump is installed that is as new as the server")
    async with databases.empty() as restored, start_parley() as parley:
        alice = await parley.client()
        kept = await alice.send(None, "Where is my parcel?")
        before = await said(alice)
        variables = {"DATABASE_URL": database_url, "RESTORED_URL": restored, **folders(tmp_path)}
        reader = Reader(tmp_path, parley.url, alice.token, **variables)
        await reader.types(DUMP, RESTORE)
        assert await migrate(restored) == []
        async with start_parley(database_url=restored) as other:
            again = Client(other.url, other.session, alice.token, alice.user)
            assert await said(again) == before
            await again.send(kept["conversation"]["id"], "Go on")


def dumps_version_of(url: str) -> bool:
    """Whether pg_dump takes a dump of this server."""
    program = shutil.which("pg_dump")
    return program is not None and (
        subprocess.run(  # noqa: S603  a program of the system
            [program, "--schema-only", "--file=/dev/null", url], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_kubernetes_leaves_it_the_time_it_takes_and_asks_what_there_is() -> None:
    [text] = blocks("deploy.md", "yaml")
    pod = yaml.safe_load(text)["spec"]["template"]["spec"]
    [container] = pod["containers"]
    stop = container["lifecycle"]["preStop"]["exec"]["command"]
    settings = Settings()
    least = int(stop[1]) + settings.unready_seconds + settings.grace_seconds + _END_SECONDS
    assert pod["terminationGracePeriodSeconds"] >= least
    asked = {
        name: container[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "liveness", "readiness")
    }
    assert asked == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert container["ports"][0]["containerPort"] == settings.port
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }


def test_what_it_says_of_time_holds() -> None:
    settings = Settings()
    assert f"`PARLEY_GRACE_SECONDS` + {_END_SECONDS} seconds" in PAGE
    longest = settings.wait_seconds + settings.operation_seconds
    assert f"({longest:.0f} s)" in PAGE
    assert f"`PARLEY_POSTGRES_MAX_CONNECTIONS` ({settings.postgres_max_connections})" in PAGE


def test_the_settings_and_commands_that_it_names_are_there() -> None:
    known = {name for name, _, _ in Settings.variables()}
    named = set(re.findall(r"\b((?:PARLEY|OPENAI|DATABASE|REDIS)_[A-Z_]+)\b", PAGE))
    assert named <= known
    commands = set(re.findall(r"(?:bin/parley|exec parley parley) ((?:[a-z]+ )?[a-z]+)", PAGE))
    assert {"user add", "token add", "migrate"} <= commands
    for command in commands:
        assert CliRunner().invoke(cli, [*command.split(), "--help"]).exit_code == 0
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake (setup|run|\w+)`", PAGE)) <= set(targets)


def test_the_addresses_on_it_are_good() -> None:
    [database] = re.findall(r"^DATABASE_URL=(\S+)$", PAGE, re.MULTILINE)
    [redis] = re.findall(r"^REDIS_URL=(\S+)$", PAGE, re.MULTILINE)
    settings = Settings.model_validate({"DATABASE_URL": database, "REDIS_URL": redis})
    assert urlsplit(settings.database_url).hostname == "db.internal"
