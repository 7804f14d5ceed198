"""The log: one line for each entry, in both formats, without secrets and people's texts."""

import asyncio
import gc
import json
import logging
import sqlite3
from uuid import uuid4

import pytest
import structlog

from chat.errors import NotFoundError
from web.logs import LogFormat, configure_logging


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


def test_every_entry_names_the_process_where_several_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json", pid=7)
    structlog.get_logger("ours").warning("hello")
    logging.getLogger("theirs").warning("hello")
    structlog.get_logger("ours").warning("another one has ended", pid=8)
    entries = map(json.loads, capsys.readouterr().err.splitlines())
    assert [entry["pid"] for entry in entries] == [7, 7, 8]


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


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_types_and_places_but_not_what_an_error_says(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format)
    words = "what Alice wrote"

    def fail() -> None:
        group = ExceptionGroup(words, [KeyError(words)])
        group.add_note(words)
        raise RuntimeError(words) from group

    try:
        fail()
    except RuntimeError:
        logging.getLogger("theirs").exception("failed")
    logged = capsys.readouterr().err
    for shown in ("RuntimeError", "ExceptionGroup", "KeyError", "test_logs.py", "fail"):
        assert shown in logged
    assert words not in logged


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_our_own_sentences_and_the_codes_of_systems(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format)
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("SELECT * FROM nothing")
        except sqlite3.Error:
            structlog.get_logger().exception("failed")
    connection.close()
    structlog.get_logger().error("failed", exc_info=ConnectionRefusedError(111, "from Alice"))
    structlog.get_logger().error("failed", exc_info=NotFoundError())
    logged = capsys.readouterr().err
    for shown in ("SQLITE_ERROR", "Connection refused", "There is nothing with this id."):
        assert shown in logged
    assert "nothing\n" not in logged
    assert "Alice" not in logged


def test_an_error_that_is_its_own_cause_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("failed", exc_info=first)
    (entry,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert [one["exc_type"] for one in entry["exception"]] == ["ValueError", "TypeError"]


def test_a_deep_recursion_fits_into_one_entry(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")

    def endless() -> None:
        endless()

    try:
        endless()
    except RecursionError:
        logging.getLogger().exception("failed")
    (entry,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert len(entry["exception"][0]["frames"]) == 50


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secrets_are_masked_wherever_they_stand(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format, secrets=["the database's own"])
    token, key = f"parley_{'aZ3_-' * 8}", "sk-proj-1234567890abc"
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
    logging.getLogger("theirs").warning("%s was sent with %r", token, {"key": key})
    structlog.get_logger().error(
        f"refused {jwt}", deep=[{"header": f"Bearer {uuid4()}xyz"}, (token,)], **{key: 1}
    )
    structlog.get_logger().error("failed", exc_info=NotFoundError("the database's own"))
    logged = capsys.readouterr().err
    for secret in (token, key, "eyJ", "xyz", "database's own"):
        assert secret not in logged
    assert logged.count("[secret]") == 7


class Text(str):
    """A text that renders by itself could mistake for another."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 1.5, 2**70, float("nan"), "ö", "sk-12345678", "\ud800", Text("Bearer x"), (1,)],
)
def test_an_entry_of_plain_values_looks_as_any_other(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    configure_logging("json")
    structlog.get_logger("ours").warning("hello", b=value, a=1)
    structlog.get_logger("ours").warning("hello", b=value, a=1, exc_info=None)
    plain, other = map(json.loads, capsys.readouterr().err.splitlines())
    assert list(plain) == list(other) == ["b", "a", "event", "level", "logger", "timestamp"]
    assert plain.pop("timestamp") <= other.pop("timestamp")
    assert plain == other
    assert "sk-" not in str(plain)


async def test_asyncio_tells_of_lost_exceptions_without_their_texts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")

    async def fail() -> None:
        raise ValueError("what Alice wrote")

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    (entry,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert entry["event"] == "Task exception was never retrieved"
    assert entry["exception"][0]["exc_type"] == "ValueError"
    assert "Alice" not in str(entry)


def test_an_entry_that_cannot_be_written_is_told_without_what_it_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")
    logging.getLogger("theirs").warning("%d of %s", "what Alice wrote", "x")
    logged = capsys.readouterr().err
    assert json.loads(logged)["logger"] == "theirs"
    assert "Alice" not in logged


def test_text_from_a_client_that_is_no_utf8_is_no_error_of_the_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")
    for name in ("uvicorn.error", "theirs"):
        try:
            b"\xff".decode()
        except UnicodeDecodeError:
            logging.getLogger(name).exception("failed")
    logging.getLogger("uvicorn.error").error("failed")
    loggers = [json.loads(line)["logger"] for line in capsys.readouterr().err.splitlines()]
    assert loggers == ["theirs", "uvicorn.error"]


def test_what_a_logger_is_bound_to_stands_in_each_of_its_entries_and_debugging_in_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json")
    log = structlog.get_logger("ours").bind(run="r1")
    log.debug("hello")
    log.info("hello", step=1)
    log.error("hello", run="r2")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["run"], first["step"], first["level"]) == ("r1", 1, "info")
    assert (second["run"], second["level"]) == ("r2", "error")


class Broken:
    """Fails when it is looked at."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_entry_that_cannot_be_rendered_is_told_of_and_its_caller_goes_on(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format)
    structlog.get_logger("ours").error("failed", what=Broken())
    logging.getLogger("theirs").error("failed", extra={"what": Broken()})
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["logger"]) == ("an entry could not be written", "ours")
    assert (theirs["event"], theirs["logger"]) == ("an entry could not be written", "theirs")
