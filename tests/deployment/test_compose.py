"""compose.yaml: healthy in the right order, nothing open to the world, no secret in it."""

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from settings import Settings
from tests.deployment.nginx import ROOT, SNIPPET

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
PARLEYS = ["parley", "parley-2"]


@pytest.mark.parametrize("name", PARLEYS)
def test_parley_waits_for_what_it_needs_to_be_healthy(name: str) -> None:
    needed = SERVICES[name]["depends_on"]
    assert needed == {one: {"condition": "service_healthy"} for one in ("postgres", "redis")}
    for one in needed:
        assert SERVICES[one]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", PARLEYS)
def test_parley_may_do_nothing_but_serve(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", PARLEYS)
def test_running_replies_get_their_time(name: str) -> None:
    seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert seconds >= Settings().grace_seconds + 15


@pytest.mark.parametrize("name", PARLEYS)
def test_parley_is_told_only_what_there_is_to_set(name: str) -> None:
    known = {variable for variable, _, _ in Settings.variables()}
    assert set(SERVICES[name]["environment"]) <= known
    assert SERVICES[name]["env_file"] == ".env"


def test_only_nginx_is_reached_from_outside() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports.pop("nginx") == ["80:80"]
    for published in ports.values():
        assert all(one.startswith("127.0.0.1:") for one in published)


def test_no_secret_is_written_down() -> None:
    for name, value in re.findall(r"(\w*(?:PASSWORD|KEY|SECRET|TOKEN)\w*): (.*)", TEXT):
        assert value.startswith("${"), name
    assert not re.search(r"://[^/\s]*:(?!\$\{)[^/@\s]*@", TEXT)
    example = (ROOT / "docs" / "operations" / "example.env").read_text(encoding="utf-8")
    for line in example.splitlines():
        assert line.startswith("#") or line in {"", "POSTGRES_PASSWORD="}
    asked = set(re.findall(r"\$\{(\w+)", TEXT))
    assert asked == {"POSTGRES_PASSWORD"}


def test_the_example_names_what_there_is_to_set_and_the_secrets_that_open_something() -> None:
    example = (ROOT / "docs" / "operations" / "example.env").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named - {variable for variable, _, _ in Settings.variables()} == {"POSTGRES_PASSWORD"}
    assert named >= {"OPENAI_API_KEY", "PARLEY_METRICS_TOKEN"}


def test_redis_is_bounded_and_keeps_nothing() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory 256mb" in command
    assert "--save  --appendonly no" in command
    assert "volumes" not in SERVICES["redis"]


def test_nginx_knows_the_parleys_by_their_names() -> None:
    assert re.findall(r"^\s*server (\S+):8000 ", SNIPPET, re.MULTILINE) == PARLEYS
    [mount] = SERVICES["nginx"]["volumes"]
    source, target, mode = mount.split(":")
    assert (ROOT / source).read_text(encoding="utf-8") == SNIPPET
    assert (target, mode) == ("/etc/nginx/conf.d/default.conf", "ro")
