"""What Prometheus is shown."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.multiprocess import mark_process_dead
from prometheus_client.parser import text_string_to_metric_families

from adapters.prometheus_metrics import PrometheusMetrics
from chat.error_codes import ErrorCode
from chat.identifiers import uuid7
from chat.metrics import Count, Held, Level, ModelCall, OpenRuns
from chat.rates import RateKind
from chat.records import MessageError, Run, RunStatus, UsageSource
from tests.chat.examples import NOW, a_conversation, a_message, a_reply, a_run

Shown = dict[tuple[str, str], float]


@pytest.fixture
def metrics() -> PrometheusMetrics:
    """Nothing has been measured."""
    return PrometheusMetrics(models=["m", "n"], version="1.2.3")


def shown(metrics: PrometheusMetrics) -> Shown:
    """Every sample: its name and labels, and its value."""
    return samples(metrics.exposition("text/plain").body)


def samples(body: bytes) -> Shown:
    """The samples of an exposition."""
    return {
        (
            sample.name,
            ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items())),
        ): (sample.value)
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def ended(**changes: object) -> Run:
    """A run that took 30 seconds, and 2 until its first text."""
    conversation = a_conversation(uuid7())
    times = {
        "first_token_at": NOW + timedelta(seconds=2),
        "finished_at": NOW + timedelta(seconds=30),
    }
    run = a_run(a_message(conversation, 0), a_reply(conversation, 1))
    return replace(run, **{"status": RunStatus.COMPLETE, **times, **changes})  # type: ignore[arg-type]


def test_operations_are_counted_and_those_that_end_by_themselves_are_timed(
    metrics: PrometheusMetrics,
) -> None:
    for kind, code in (("query", None), ("subscription", "RATE_LIMITED"), (None, "PersistedOdd")):
        metrics.operation_ended(transport="http", kind=kind, code=code, seconds=0.02)
    found = shown(metrics)
    total = "parley_operations_total"
    assert found[total, "code=,kind=query,transport=http"] == 1
    assert found[total, "code=RATE_LIMITED,kind=subscription,transport=http"] == 1
    assert found[total, "code=other,kind=none,transport=http"] == 1
    timed = {labels for name, labels in found if name == "parley_operation_seconds_count"}
    assert timed == {"kind=query,transport=http"}
    bucket = "parley_operation_seconds_bucket"
    assert found[bucket, "kind=query,le=0.01,transport=http"] == 0
    assert found[bucket, "kind=query,le=0.025,transport=http"] == 1


def test_runs_are_counted_by_their_end_with_times_and_tokens(metrics: PrometheusMetrics) -> None:
    reply = replace(
        a_reply(a_conversation(uuid7()), 1, model="m"),
        tokens_used=7,
        usage_source=UsageSource.PROVIDER,
    )
    metrics.run_ended(ended(prompt_tokens=11), reply)
    failed = MessageError("MODEL_TIMEOUT", "", retryable=True)
    metrics.run_ended(
        ended(status=RunStatus.FAILED, first_token_at=None),
        replace(reply, model="withdrawn", error=failed, usage_source=UsageSource.ESTIMATED),
    )
    found = shown(metrics)
    assert found["parley_runs_ended_total", "code=,status=COMPLETE"] == 1
    assert found["parley_runs_ended_total", "code=MODEL_TIMEOUT,status=FAILED"] == 1
    assert found["parley_run_seconds_sum", "status=COMPLETE"] == 30
    assert found["parley_run_first_token_seconds_sum", ""] == 2
    assert found["parley_run_first_token_seconds_count", ""] == 1
    assert found["parley_tokens_total", "kind=prompt,model=m,source=provider"] == 11
    assert found["parley_tokens_total", "kind=completion,model=m,source=provider"] == 7
    assert found["parley_tokens_total", "kind=completion,model=other,source=estimated"] == 7


def test_a_clock_that_went_back_makes_no_time_negative(metrics: PrometheusMetrics) -> None:
    before = NOW - timedelta(seconds=5)
    reply = a_reply(a_conversation(uuid7()), 1)
    metrics.run_ended(ended(first_token_at=before, finished_at=before), reply)
    metrics.run_ended(ended(first_token_at=None, finished_at=None), reply)
    found = shown(metrics)
    assert found["parley_run_seconds_sum", "status=COMPLETE"] == 0
    assert found["parley_run_first_token_seconds_sum", ""] == 0


def test_calls_of_models_that_are_not_offered_make_no_labels_of_their_own(
    metrics: PrometheusMetrics,
) -> None:
    metrics.model_called(ModelCall("m", 3, 0.5))
    metrics.model_called(ModelCall("x" * 200, 3, code=ErrorCode.MODEL_REJECTED))
    metrics.model_retried(ErrorCode.MODEL_RATE_LIMITED)
    found = shown(metrics)
    assert found["parley_model_calls_total", "code=,model=m"] == 1
    assert found["parley_model_calls_total", "code=MODEL_REJECTED,model=other"] == 1
    assert found["parley_model_first_token_seconds_count", "model=m"] == 1
    assert ("parley_model_first_token_seconds_count", "model=other") not in found
    assert found["parley_model_retries_total", "code=MODEL_RATE_LIMITED"] == 1


def test_what_is_open_counts_while_it_is(metrics: PrometheusMetrics) -> None:
    with metrics.holding(Held.SOCKETS), metrics.holding(Held.SOCKETS):
        assert shown(metrics)["parley_open_sockets", ""] == 2
    assert shown(metrics)["parley_open_sockets", ""] == 0


def test_states_that_no_run_is_in_any_more_are_shown_as_empty(metrics: PrometheusMetrics) -> None:
    metrics.open_runs([OpenRuns(RunStatus.QUEUED, 3, 9.5)])
    assert shown(metrics)["parley_runs_oldest_seconds", "status=QUEUED"] == 9.5
    metrics.open_runs([OpenRuns(RunStatus.RUNNING, 1, 0.5)])
    found = shown(metrics)
    assert found["parley_runs_open", "status=QUEUED"] == 0
    assert found["parley_runs_open", "status=RUNNING"] == 1


def test_what_a_deployment_does_not_have_is_not_shown_as_zero(metrics: PrometheusMetrics) -> None:
    assert ("parley_redis_connected", "") not in shown(metrics)
    metrics.level(Level.REDIS_CONNECTED, False)
    assert shown(metrics)["parley_redis_connected", ""] == 0


def test_several_applications_in_one_process_count_for_themselves(
    metrics: PrometheusMetrics,
) -> None:
    other = PrometheusMetrics(models=[], version="1")
    metrics.rate_limited(RateKind.SEND)
    metrics.count(Count.EVENTS_PUBLISHED, 2)
    assert shown(metrics)["parley_rate_limited_total", "kind=send"] == 1
    assert shown(metrics)["parley_events_published_total", ""] == 2
    assert shown(other)["parley_events_published_total", ""] == 0


def test_the_version_and_the_process_are_shown(metrics: PrometheusMetrics) -> None:
    found = shown(metrics)
    [labels] = [labels for name, labels in found if name == "parley_build_info"]
    assert labels.endswith(",version=1.2.3")
    assert found["parley_process_start_time_seconds", ""] > 1_700_000_000
    assert found["process_resident_memory_bytes", ""] > 0


def test_a_scraper_gets_the_text_that_it_asks_for(metrics: PrometheusMetrics) -> None:
    assert metrics.exposition("").content_type.startswith("text/plain")
    asked = metrics.exposition("application/openmetrics-text; version=1.0.0,text/plain;q=0.5")
    assert asked.content_type.startswith("application/openmetrics-text")
    assert asked.body.endswith(b"# EOF\n")


PROCESS = """
import json, os, sys
from adapters.prometheus_metrics import PrometheusMetrics
from chat.metrics import Held, Level, OpenRuns
from chat.records import RunStatus
metrics = PrometheusMetrics(models=[], version="1")
metrics.operation_ended(transport="socket", kind="query", code=None, seconds=1)
metrics.holding(Held.STREAMS).__enter__()
metrics.level(Level.CIRCUIT_OPEN, float(sys.argv[1]))
metrics.level(Level.REDIS_CONNECTED, float(sys.argv[1]))
metrics.level(Level.RUNS_IN_PROGRESS, 2)
metrics.open_runs([OpenRuns(RunStatus.RUNNING, int(sys.argv[2]), 1)])
print(json.dumps([os.getpid(), metrics.exposition("").body.decode()]))
"""


def test_processes_that_share_a_folder_are_shown_together(tmp_path: Path) -> None:
    def process(*arguments: str) -> tuple[int, Shown]:
        said = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", PROCESS, *arguments],
            cwd=Path(__file__).parent.parent.parent,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            check=True,
            capture_output=True,
        ).stdout
        pid, body = json.loads(said)
        return pid, samples(body.encode())

    first, _ = process("1", "7")
    _, found = process("0", "5")
    operations = "code=,kind=query,transport=socket"
    assert found["parley_operations_total", operations] == 2
    assert found["parley_operation_seconds_sum", "kind=query,transport=socket"] == 2
    assert found["parley_open_streams", ""] == 2
    assert found["parley_runs_in_progress", ""] == 4
    assert found["parley_model_circuit_open", ""] == 1
    assert found["parley_redis_connected", ""] == 0
    assert found["parley_runs_open", "status=RUNNING"] == 5
    assert [name for name, _ in found if name == "parley_build_info"]
    assert not [name for name, _ in found if name.startswith("process_")]

    mark_process_dead(first, str(tmp_path))  # type: ignore[no-untyped-call]
    _, found = process("0", "4")
    assert found["parley_operations_total", operations] == 3
    assert found["parley_open_streams", ""] == 2
    assert found["parley_model_circuit_open", ""] == 0
