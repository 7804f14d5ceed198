"""The log: one line for each entry, in both formats."""

import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog

from web.logs import LogFormat, configure_logging


@pytest.fixture(autouse=True)
def the_log_as_it_was() -> Iterator[None]:
    """Put logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


def test_json_entries_are_one_line_each_tracebacks_included(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")
    structlog.get_logger("ours").warning("hello", run="r1")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("theirs").exception("failed", extra={"run": "r2"})
    logging.getLogger("uvicorn.access").info("GET /?token=secret")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["run"], first["level"]) == ("hello", "r1", "warning")
    assert (second["event"], second["run"]) == ("failed", "r2")
    assert second["exception"][0]["exc_type"] == "ValueError"


def test_console_entries_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("console")
    structlog.get_logger("ours").warning("hello", run="r1")
    assert "hello" in capsys.readouterr().err


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_local_variable(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format)

    def fail(secret: str) -> None:
        int(secret[:0])

    secret = uuid4().hex
    try:
        fail(secret)
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
        logging.getLogger("theirs").exception("failed")
    logged = capsys.readouterr().err
    assert logged.count("ValueError") >= 2
    assert secret not in logged
