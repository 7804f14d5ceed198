"""Results are JSON, whatever stands in them."""

import json
from datetime import UTC, datetime

from graphql import ExecutionResult, GraphQLError

from resolvers.results import of_execution

MOMENT = datetime(2026, 11, 30, 12, 0, 0, 5, tzinfo=UTC)


def test_times_are_written_alike_beside_an_error_that_quotes_what_is_no_unicode() -> None:
    data = {"at": MOMENT}
    errors = [GraphQLError("There is no \ud800.")]
    plain, quoting = (
        json.loads(of_execution(ExecutionResult(data, told), "id").body) for told in (None, errors)
    )
    assert plain["data"] == quoting["data"] == {"at": MOMENT.isoformat()}
    assert quoting["errors"]
