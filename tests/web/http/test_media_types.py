"""What bodies may be, and in which form answers are wanted."""

import pytest

from web.http.media_types import AnswerType, BodyType, answer_types, body_type
from web.http.refusals import RequestRefusedError

JSON, RESPONSE = AnswerType.JSON, AnswerType.GRAPHQL_RESPONSE
EVENTS, MULTIPART = AnswerType.EVENT_STREAM, AnswerType.MULTIPART


@pytest.mark.parametrize(
    ("accept", "types"),
    [
        (None, (JSON, RESPONSE)),
        ("", (JSON, RESPONSE)),
        ("*/*", (JSON, RESPONSE)),
        ("application/*", (JSON, RESPONSE)),
        ("application/json", (JSON,)),
        ("application/json; charset=utf-8", (JSON,)),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON", (RESPONSE,)),
        ("application/graphql-response+json, application/json;q=0.9", (RESPONSE, JSON)),
        ("application/json;q=0.5, application/graphql-response+json", (RESPONSE, JSON)),
        ("application/json, application/graphql-response+json", (JSON, RESPONSE)),
        ("application/json;q=0, */*", (RESPONSE,)),
        ("text/event-stream", (EVENTS,)),
        ("text/event-stream, application/json", (EVENTS, JSON)),
        (
            'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
            (MULTIPART, JSON),
        ),
        ("multipart/mixed;deferSpec=20220824,application/json", (JSON,)),
        ("application/json;q=often", (JSON,)),
        ("application/json;q=nan", (JSON,)),
        ("text/html,application/xhtml+xml,*/*;q=0.8", (JSON, RESPONSE)),
    ],
)
def test_the_best_liked_form_comes_first(accept: str | None, types: tuple[AnswerType, ...]) -> None:
    assert answer_types(accept) == types


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", ",", "a;b;c"])
def test_who_takes_none_of_the_forms_gets_406(accept: str) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        answer_types(accept)
    assert caught.value.status == 406


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json", BodyType.JSON),
        ("Application/JSON; Charset=UTF-8", BodyType.JSON),
        ('application/json;charset="utf8"', BodyType.JSON),
        ("application/graphql", BodyType.GRAPHQL),
    ],
)
def test_json_and_bare_documents_are_taken(content_type: str, kind: BodyType) -> None:
    assert body_type(content_type, None) is kind
    assert body_type(content_type, "identity") is kind


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonx",
    ],
)
def test_what_other_sites_can_send_without_being_asked_is_refused(content_type: str | None) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        body_type(content_type, None)
    assert caught.value.status == 415


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "x"])
def test_encoded_bodies_are_refused(encoding: str) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        body_type("application/json", encoding)
    assert (caught.value.status, caught.value.headers) == (415, {"Accept-Encoding": "identity"})
