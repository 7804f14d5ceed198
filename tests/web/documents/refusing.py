"""Prints how much work each excessive document makes before it is refused, as JSON.

In multiples of the work of accepting the question for the schema that every tool asks.

A program of its own, since a test run measures its coverage, which takes longer than the work.
"""

import json
import time

from graphql import GraphQLSchema, get_introspection_query

from chat.errors import QueryTooComplexError
from resolvers.graphql_schema import core_schema
from tests.operations.excessive_documents import EXCESSES
from web.documents.documents import Documents
from web.documents.limits import DocumentLimits

TRIES = 5
USUAL = get_introspection_query()


def seconds(documents: Documents, text: str, *, refused: bool = True) -> float:
    """The time of the processor that a document takes that is not known yet."""
    begun = time.process_time()
    try:
        document = documents.prepare(text)
        document.check_cost(document.operation(None), {})
    except QueryTooComplexError:
        was_refused = True
    else:
        was_refused = False
    taken = time.process_time() - begun
    if was_refused is not refused:
        raise ValueError(text)
    return taken


def times(schema: GraphQLSchema, text: str) -> float:
    """A document's work against that of the usual one, which is done beside it."""
    usual = seconds(Documents(schema, DocumentLimits()), USUAL, refused=False)
    return seconds(Documents(schema, DocumentLimits()), text) / usual


def main() -> None:
    """The best of a few tries: what else the machine does is none of the document's fault."""
    schema = core_schema()
    taken = {
        name: min(times(schema, excess.text) for _ in range(TRIES))
        for name, excess in EXCESSES.items()
    }
    print(json.dumps(taken))  # noqa: T201  what the test reads


if __name__ == "__main__":
    main()
