"""What is noted of requests and operations, and what is not."""

import pytest

from chat.origin import Origin, current
from chat.tracing import SpanKind
from tests.chat.fake_observers import RecordingTracing
from web.spans import message_span, note_status, operation_span, request_span

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def scope(method: str = "POST", **headers: str) -> dict[str, object]:
    """A request, with a query that holds a document."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"method": method, "headers": pairs, "scheme": "https", "query_string": b"query={a}"}


@pytest.mark.parametrize(
    ("method", "name", "noted"),
    [
        ("POST", "POST /graphql", "POST"),
        ("GET", "GET /graphql", "GET"),
        ("BREW", "HTTP /graphql", "_OTHER"),
    ],
)
def test_a_request_is_named_by_its_method_and_its_path_alone(
    method: str, name: str, noted: str
) -> None:
    tracing = RecordingTracing()
    with request_span(tracing, scope(method), path="/graphql", parent=None, request_id="r"):
        pass
    [span] = tracing.spans
    assert (span.name, span.kind, span.parent) == (name, SpanKind.SERVER, None)
    assert span.attributes == {
        "http.request.method": noted,
        "http.route": "/graphql",
        "url.path": "/graphql",
        "url.scheme": "https",
    }


def test_what_is_done_for_a_request_is_done_on_its_behalf() -> None:
    tracing = RecordingTracing()
    with request_span(tracing, scope(), path="/graphql", parent=PARENT, request_id="r") as span:
        assert current() == Origin("r", span.traceparent)
    assert tracing.spans[0].parent == PARENT
    with message_span(tracing, path="/graphql", request_id="s") as span:
        assert current() == Origin("s", span.traceparent)
    assert current() == Origin()
    assert (tracing.spans[1].name, tracing.spans[1].parent) == ("SUBSCRIBE /graphql", None)


@pytest.mark.parametrize(("status", "error"), [(200, None), (401, None), (503, "503")])
def test_only_what_the_server_did_wrong_is_a_failure(status: int, error: str | None) -> None:
    tracing = RecordingTracing()
    with tracing.span("span") as span:
        note_status(span, status)
    assert tracing.spans[0].attributes == {"http.response.status_code": status}
    assert tracing.spans[0].error == error


@pytest.mark.parametrize(
    ("name", "noted"),
    [
        ("Inbox", "Inbox"),
        ("N" * 5000, "N" * 100),
        (f"parley_{'a1B2' * 10}", "[secret]"),
        ("eyJhbGciOiJIUzI1NiJ9", "[secret]"),
    ],
)
def test_the_name_of_an_operation_is_the_clients_and_holds_no_secret(name: str, noted: str) -> None:
    tracing = RecordingTracing()
    with operation_span(tracing, kind="query", name=name):
        pass
    assert tracing.spans[0].attributes == {
        "graphql.operation.type": "query",
        "graphql.operation.name": noted,
    }


def test_an_operation_without_a_name_has_none() -> None:
    tracing = RecordingTracing()
    with operation_span(tracing, kind="mutation", name=None):
        pass
    assert tracing.spans[0].name == "mutation"
    assert tracing.spans[0].attributes == {"graphql.operation.type": "mutation"}
