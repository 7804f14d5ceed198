"""The parameters of a request, from each of the places that may hold them."""

import json

import pytest

from chat.error_codes import ErrorCode
from web.http.parameters import Parameters, from_json, from_query_string, from_text
from web.http.refusals import RequestRefusedError


def test_a_body_holds_a_query_and_whatever_comes_with_it() -> None:
    body = {"query": "{ a }", "operationName": "A", "variables": {"x": 1}, "extensions": {"y": 2}}
    assert from_json(json.dumps(body).encode()) == Parameters("{ a }", "A", {"x": 1}, {"y": 2})


@pytest.mark.parametrize("name", ["operationName", "variables", "extensions"])
def test_null_is_the_same_as_leaving_out(name: str) -> None:
    assert from_json(json.dumps({"query": "{ a }", name: None}).encode()) == Parameters("{ a }")


def test_a_persisted_query_needs_no_text() -> None:
    body = b'{"extensions": {"persistedQuery": {"version": 1}}}'
    assert from_json(body).query is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "query"),
        (b'{"query": 7}', "query"),
        (b'{"query": null}', "query"),
        (b'{"query": "{ a }", "operationName": []}', "operationName"),
        (b'{"query": "{ a }", "variables": "{}"}', "variables"),
        (b'{"query": "{ a }", "extensions": [1]}', "extensions"),
    ],
)
def test_a_parameter_of_a_wrong_type_is_named(body: bytes, field: str) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        from_json(body)
    assert (caught.value.status, caught.value.field) == (400, field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"{ a }"',
        b"7",
        b'{"query": NaN}',
        b'{"query": "{ a }", "variables": {"a": -Infinity}}',
        b'{"query": "\xff"}',
        b"[" * 100_000,
        '{"query": "{ a }"}'.encode("utf-16"),
        b'{"query": "{ a }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    ],
)
def test_what_is_no_json_object_in_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        from_json(body)
    assert caught.value.status == 400


def test_batches_are_refused_by_their_name() -> None:
    with pytest.raises(RequestRefusedError, match="Batches") as caught:
        from_json(b'[{"query": "{ a }"}]')
    assert (caught.value.status, caught.value.code) == (400, ErrorCode.QUERY_TOO_COMPLEX)


def test_half_of_a_surrogate_pair_gets_through_so_that_the_field_can_be_named() -> None:
    assert from_json(b'{"query": "{ a }", "variables": {"x": "\\ud800"}}').variables == {
        "x": "\ud800"
    }


def test_a_raw_body_is_the_document_itself() -> None:
    assert from_text('{ a(b: "ü") }'.encode()) == Parameters('{ a(b: "ü") }')
    with pytest.raises(RequestRefusedError, match="UTF-8"):
        from_text(b"\xff")


def test_a_query_string_holds_json_for_maps() -> None:
    found = from_query_string(
        b"query=%7B+a+%7D&variables=%7B%22x%22%3A1%7D&operationName=&extensions="
    )
    assert found == Parameters("{ a }", None, {"x": 1}, {})


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"variables={}",
        b"query={a}&variables=7",
        b"query={a}&variables={",
        b"query=%ff",
        b"query=\xff",
        b"&".join(b"a%d=1" % number for number in range(100)),
    ],
)
def test_a_query_string_that_holds_no_request_is_refused(query_string: bytes) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        from_query_string(query_string)
    assert caught.value.status == 400
