"""Prints how many milliseconds of work each excessive document makes before it is refused, as JSON.

A program of its own, since a test run measures its coverage, which takes longer than the work.
"""

import json
import time

from chat.errors import QueryTooComplexError
from resolvers.graphql_schema import core_schema
from tests.operations.excessive_documents import EXCESSES
from web.documents.documents import Documents
from web.documents.limits import DocumentLimits

TRIES = 5


def milliseconds(documents: Documents, text: str) -> float:
    """The time of the processor that it takes to refuse a document that is not known yet."""
    begun = time.process_time()
    try:
        document = documents.prepare(text)
        document.check_cost(document.operation(None), {})
    except QueryTooComplexError:
        return (time.process_time() - begun) * 1000
    raise ValueError(text)


def main() -> None:
    """The best of a few tries: what else the machine does is none of the document's fault."""
    schema = core_schema()
    fresh = [Documents(schema, DocumentLimits()) for _ in range(TRIES)]
    taken = {
        name: min(milliseconds(documents, excess.text) for documents in fresh)
        for name, excess in EXCESSES.items()
    }
    print(json.dumps(taken))  # noqa: T201  what the test reads


if __name__ == "__main__":
    main()
