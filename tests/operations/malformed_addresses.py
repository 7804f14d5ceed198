"""Query strings for GET /graphql that are malformed or hostile, each with a name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tests.operations.malformed_bodies import TYPES

QUERY = quote("{ viewer { name } }")
SUBSCRIPTION = quote("subscription { newMessages(conversationId: 1) { id } }")
NOT_A_NUMBER = quote('{"a": NaN}')
WRONG_HASH = quote('{"persistedQuery": {"version": 1, "sha256Hash": "0"}}')


@dataclass(frozen=True, slots=True)
class MalformedAddress:
    """What stands behind the question mark, as it goes out."""

    name: str
    query: str


def addresses() -> list[MalformedAddress]:
    """Every malformed query string."""
    return [*_texts(), *_parts()]


def _texts() -> Iterator[MalformedAddress]:
    texts: Mapping[str, str] = {
        "nothing": "",
        "another name": f"q={QUERY}",
        "no value": "query",
        "an empty query": "query=",
        "a query of spaces": "query=%20%20",
        "a broken escape": "query=%",
        "half an escape": "query=%7",
        "no hexadecimal digits": "query=%zz",
        "bytes that are no UTF-8": "query=%FF%FE",
        "an overlong NUL": "query=%C0%80",
        "half a surrogate pair": "query=%ED%A0%80",
        "a NUL": "query=%00",
        "a document without end": f"query={quote('{ viewer {')}",
        "an unknown field": f"query={quote('{ nothing }')}",
        "a mutation": f"query={quote('mutation { deleteMyData { deletedMessages } }')}",
        "a subscription": f"query={SUBSCRIPTION}",
        "the name of no operation": f"query={QUERY}&operationName=Nothing",
        "a variable that is no JSON": f"query={QUERY}&variables=%7B",
        "a number that is none": f"query={QUERY}&variables={NOT_A_NUMBER}",
        "deep variables": f"query={QUERY}&variables={'%5B' * 5000}",
        "extensions that are no JSON": f"query={QUERY}&extensions=%7B",
        "a long query": f"query={'x' * 30_000}",
        "a deep query": f"query={'%7Ba' * 5000}",
        "many parameters": "&".join(f"a{number}=1" for number in range(2000)),
        "a hash of nothing": f"extensions={WRONG_HASH}",
    }
    for name, text in texts.items():
        yield MalformedAddress(name, text)


def _parts() -> Iterator[MalformedAddress]:
    for part in ("variables", "extensions"):
        for name, value in TYPES.items():
            if value != {}:
                text = f"query={QUERY}&{part}={quote(json.dumps(value))}"
                yield MalformedAddress(f"{part} are {name}", text)
