"""The line for an operation."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog

from chat.errors import UnauthenticatedError
from chat.metrics import NO_METRICS
from web.logs import configure_logging
from web.operation_log import operation_line
from web.operations import refusal, tell_refusal


def write(
    name: str | None,
    *,
    user_id: UUID | None = None,
    request_id: str = "r1",
    code: str | None = None,
) -> None:
    """Write a line to a log in JSON."""
    configure_logging("json")
    operation_line(
        structlog.get_logger(),
        name=name,
        kind="query",
        duration_ms=1.26,
        status="error" if code else "ok",
        user_id=user_id,
        request_id=request_id,
        code=code,
    )


def test_a_line_tells_how_an_operation_went(capsys: pytest.CaptureFixture[str]) -> None:
    user = uuid4()
    write("Inbox", user_id=user, code="NOT_FOUND")
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {
        "event": "operation",
        "level": "info",
        "logger": "web.operation_log",
        "name": "Inbox",
        "kind": "query",
        "duration_ms": 1.3,
        "status": "error",
        "code": "NOT_FOUND",
        "user": str(user),
        "request_id": "r1",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "anonymous"),
        ("", "anonymous"),
        ("what Alice wrote", "anonymous"),
        ("a\nb", "anonymous"),
        ("1st", "anonymous"),
        ("Größe", "anonymous"),
        ("_a1", "_a1"),
        ("x" * 101, "x" * 100),
        (f"parley_{'a' * 43}", "[secret]"),
    ],
)
def test_only_what_graphql_allows_as_a_name_is_shown(
    capsys: pytest.CaptureFixture[str], name: str | None, shown: str
) -> None:
    write(name)
    assert json.loads(capsys.readouterr().err)["name"] == shown


def test_a_secret_sent_as_the_request_id_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    write("A", request_id="Bearer abc")
    assert json.loads(capsys.readouterr().err)["request_id"] == "[secret]"


def test_the_lines_of_a_server_name_the_module_that_the_documentation_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (Path(__file__).parents[2] / "docs/operations/logs-and-traces.md").read_text("utf-8")
    configure_logging("json")
    tell_refusal(NO_METRICS, "r1", refusal(UnauthenticatedError(), "r1"))
    logger = json.loads(capsys.readouterr().err)["logger"]
    assert f'"logger": "{logger}"' in page
