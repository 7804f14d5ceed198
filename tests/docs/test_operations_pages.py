"""docs/operations/: the pages, the dashboard and the alerts tell of what is really measured."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from adapters.prometheus_metrics import PrometheusMetrics
from chat.error_codes import ErrorCode
from chat.identifiers import uuid7
from chat.metrics import Count, Held, Level, ModelCall, OpenRuns
from chat.rates import RateKind
from chat.records import RunStatus, UsageSource
from settings import Settings
from tests.chat.examples import NOW, a_conversation, a_message, a_reply, a_run
from tests.docs.pages import DOCS, blocks, page

OPERATIONS = DOCS / "operations"
PAGE = page("operations/metrics.md")
DASHBOARD = json.loads((OPERATIONS / "dashboard.json").read_text("utf-8"))
RULES = yaml.safe_load((OPERATIONS / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
RULE_TESTS = (OPERATIONS / "alerts_test.yaml").read_text("utf-8")
NAME = re.compile(r"\b(?:parley|process)_[a-z_]+\b")
Documented = dict[str, tuple[str, frozenset[str]]]


def everything() -> PrometheusMetrics:
    """Metrics that were told of everything there is."""
    metrics = PrometheusMetrics(models=["m"], version="1")
    metrics.operation_ended(transport="http", kind="query", code=None, seconds=1)
    conversation = a_conversation(uuid7())
    reply = a_reply(conversation, 1, model="m", tokens_used=1, usage_source=UsageSource.PROVIDER)
    run = a_run(a_message(conversation, 0), reply, first_token_at=NOW, finished_at=NOW)
    metrics.run_ended(run, reply)
    metrics.model_called(ModelCall("m", 1, 1))
    metrics.model_retried(ErrorCode.MODEL_TIMEOUT)
    metrics.open_runs([OpenRuns(RunStatus.RUNNING, 1, 1)])
    for kind in RateKind:
        metrics.rate_limited(kind)
    for count in Count:
        metrics.count(count)
    for level in Level:
        metrics.level(level, 1)
    for held in Held:
        with metrics.holding(held):
            pass
    return metrics


def real() -> Documented:
    """Each metric of the exposition, with its type and its labels."""
    found: Documented = {}
    body = everything().exposition("").body.decode()
    for family in text_string_to_metric_families(body):
        labels = frozenset(name for one in family.samples for name in one.labels) - {"le"}
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, labels)
    return found


def documented() -> Documented:
    """Each metric of the page, likewise."""
    rows = re.findall(r"^\| `(parley_\w+)` \| (\w+) \| (.*?) \| .+ \|$", PAGE, re.MULTILINE)
    return {
        name: (type_, frozenset(re.findall(r"`(\w+)`", labels))) for name, type_, labels in rows
    }


def samples() -> set[str]:
    """The names that can be asked for."""
    body = everything().exposition("").body.decode()
    return {one.name for family in text_string_to_metric_families(body) for one in family.samples}


def expressions() -> Iterator[str]:
    """What the panels of the dashboard ask for."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def test_the_page_describes_each_metric_that_is_shown_and_no_other() -> None:
    shown = {name: told for name, told in real().items() if name.startswith("parley_")}
    assert documented() == shown


def test_what_the_page_says_of_the_process_is_shown() -> None:
    named = set(re.findall(r"`(process_\w+)`", PAGE))
    assert named == {name for name in real() if name.startswith("process_")}


def test_the_page_and_the_rules_name_no_metric_that_is_not_shown() -> None:
    known = samples() | set(real())
    for text in (PAGE, (OPERATIONS / "alerts.yaml").read_text("utf-8"), RULE_TESTS):
        named = set(NAME.findall(text))
        assert named
        assert named <= known, named - known


def test_every_panel_asks_for_what_is_shown_by_the_source_that_was_chosen() -> None:
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) > 30
    assert asked <= samples(), asked - samples()
    sources = [one["datasource"] for one in DASHBOARD["panels"] if one["type"] != "row"]
    sources += [
        one["datasource"] for panel in DASHBOARD["panels"] for one in panel.get("targets", [])
    ]
    assert {source["uid"] for source in sources} == {"${datasource}"}
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"


def test_each_metric_is_on_the_dashboard() -> None:
    asked = " ".join(expressions())
    for name in documented():
        assert name in asked


def test_the_dashboard_has_its_rows_and_no_panel_twice() -> None:
    rows = [one["title"] for one in DASHBOARD["panels"] if one["type"] == "row"]
    assert rows == ["Traffic", "Runs", "Model", "Storage and bus", "Sockets and processes"]
    ids = [one["id"] for one in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["description"]


def test_the_page_lists_the_alerts_with_their_severities() -> None:
    listed = re.findall(r"^\| (Parley\w+) \| (\w+) \| .+ \|$", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted((one["alert"], one["labels"]["severity"]) for one in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_says_what_to_do_and_has_a_test(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["summary"].endswith((".", "{{ end }}."))
    assert len(rule["annotations"]["runbook"]) > 80
    assert f'alertname="{rule["alert"]}"' in RULE_TESTS
    known = {name for name, _, _ in Settings.variables()} | {"OPENAI_API_KEY"}
    named = set(re.findall(r"\b(?:PARLEY|OPENAI|REDIS|DATABASE)_[A-Z_]+\b", str(rule)))
    assert named <= known, named - known


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool, of Prometheus")
def test_prometheus_own_tool_takes_the_rules_and_their_tests() -> None:
    for command in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"]):
        ran = subprocess.run(  # noqa: S603  a fixed command
            ["promtool", *command],  # noqa: S607  wherever it is installed
            cwd=OPERATIONS,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_the_pages_set_is_there() -> None:
    known = {name for name, _, _ in Settings.variables()}
    for name in ("operations/metrics.md", "operations/logs-and-traces.md"):
        named = set(re.findall(r"\b(?:PARLEY|REDIS)_[A-Z_]+\b", page(name)))
        assert named <= known
    [scraping] = blocks("operations/metrics.md", "yaml")
    assert yaml.safe_load(scraping)["scrape_configs"][0]["job_name"] == "parley"
