"""Dockerfile and .dockerignore hold what the rest of the project says."""

import asyncio
import json
import os
import re
import sys
import tomllib
from asyncio.subprocess import DEVNULL
from fnmatch import fnmatch
from urllib.parse import urlsplit

from settings import Settings
from tests.deployment.nginx import ROOT, free_port
from tests.served import Served

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> set[str]:
    """The packages of a lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9-]*)(?:\[.*?\])?==", text, re.MULTILINE))


def is_sent(path: str) -> bool:
    """Whether a file or folder at the root goes into the build: the last rule that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and fnmatch(path, pattern):
            sent = line.startswith("!")
    return sent


def test_all_that_the_program_consists_of_goes_into_the_image_and_no_secret_does() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    named = [word.partition("/")[0] for line in copied for word in line.split() if word != "."]
    needed = [*wheel, *named, "README.md", "LICENSE", "pyproject.toml"]
    assert [name for name in needed if not is_sent(name)] == []
    for name in (".env", ".git", "parley.sqlite3", "parley.sqlite3-wal", "tests", "artifacts"):
        assert not is_sent(name)


def test_what_only_builds_is_taken_out_again() -> None:
    [first, second] = re.findall(r"pip uninstall --yes ([a-z -]+)", DOCKERFILE)
    assert set(first.split()) == locked("requirements.lock") - locked("requirements-otel.lock")
    assert set(second.split()) == {"pip", "setuptools"}
    # Installing one after the other changes no version.
    assert locked("requirements-otel.lock") > locked("requirements.lock") - set(first.split())


def test_every_package_is_installed_by_its_hashes_or_from_here() -> None:
    installs = re.findall(r"pip install (.*?)(?:&&|$)", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    for arguments in installs:
        assert "--require-hashes -r" in arguments or "--no-deps --no-build-isolation ." in arguments


def test_the_image_runs_as_nobody_special_and_is_told_of_signals() -> None:
    *_, final = DOCKERFILE.split("\nFROM ")
    [user] = re.findall(r"^USER (\S+)$", final, re.MULTILINE)
    assert user == "10001:10001"
    [entry] = re.findall(r"^ENTRYPOINT (.*)$", final, re.MULTILINE)
    [command] = re.findall(r"^CMD (.*)$", final, re.MULTILINE)
    assert [*json.loads(entry), *json.loads(command)] == ["parley", "serve"]
    [folder] = re.findall(r"^VOLUME (\S+)$", final, re.MULTILINE)
    assert f"\nWORKDIR {folder}\n" in final
    # The default database is a file of the working directory.
    assert re.fullmatch(r"sqlite://[^/]+", Settings().database_url)


async def test_the_health_check_tells_one_that_answers_from_one_that_does_not(
    parley: Served,
) -> None:
    [check] = re.findall(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    python, *arguments = json.loads(check)
    assert python == "python3"

    async def checked(port: int) -> int | None:
        env = {**os.environ, "PARLEY_PORT": str(port)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments), env=env, stderr=DEVNULL
        )
        return await asyncio.wait_for(process.wait(), 30)

    assert await checked(urlsplit(parley.url).port or 0) == 0
    assert await checked(free_port()) == 1


def test_the_image_sets_only_what_there_is_to_set() -> None:
    variables = set(re.findall(r"\b((?:PARLEY|OPENAI|DATABASE|REDIS)_[A-Z_]+)=", DOCKERFILE))
    assert variables == {"PARLEY_HOST", "PARLEY_PORT", "PARLEY_LOG_FORMAT"}
    assert variables <= {name for name, _, _ in Settings.variables()}
