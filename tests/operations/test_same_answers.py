"""Random queries over stored conversations get the same answers from plans and from graphql-core.

PARLEY_TEST_CASES says how many, PARLEY_TEST_SEED where to begin. That answers are the same for
every kind of schema and value is shown by `tests/executor`; here it is Parley's own, with its
loaders and its database.
"""

import logging
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from graphql import ExecutionResult, OperationDefinitionNode

from chat.errors import QueryTooComplexError
from chat.records import Viewer
from executor.plan import BoundPlan
from resolvers.context import OperationContext
from resolvers.graphql_schema import core_schema
from resolvers.interpretation import interpreted, interpreter
from tests.executor.comparing import assert_alike
from tests.executor.random_documents import DocumentMaker
from tests.operations.belongings import belongings
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served
from web.documents.documents import Document, Documents
from web.documents.limits import DocumentLimits

_log = logging.getLogger(__name__)

CASES = int(os.environ.get("PARLEY_TEST_CASES", "150"))
# What it exports says when it was exported.
TELLS_THE_TIME = frozenset({"exportConversation"})
SEED = int(os.environ.get("PARLEY_TEST_SEED", "1"))


async def wanted(client: Client, model: ScriptedModel) -> dict[str, Sequence[Any]]:
    """Ids and cursors that exist, and some that do not."""
    owned = await belongings(client, model)
    await client.send(owned.ids["branch"], "A question in the branch")
    cursor = (await client("{ conversations(first: 1) { pageInfo { endCursor } } }")).data
    ids = list(owned.ids.values())
    return {
        "ID": [*ids, *ids, ids[0].replace("_", "x"), ""],
        "String": [
            "question",
            "branch",
            "2026-11",
            cursor["conversations"]["pageInfo"]["endCursor"],
        ],
        "Int": [1, 2, 3, 20, 100, 0, -1, 101],
        "DateTime": ["2026-11-24T00:00:00Z", "x"],
    }


class Twice:
    """Runs operations on both executors, as one user."""

    def __init__(self, parley: Served, client: Client) -> None:
        self._application = parley.application
        self._viewer = Viewer(user=client.user, token=None, expires_at=None)

    def _context(self) -> OperationContext:
        return OperationContext(
            self._application, viewer=self._viewer, request_id="r", wait_seconds=5
        )

    async def run(self, document: Document, variables: Mapping[str, Any]) -> ExecutionResult:
        """The answer, which both give."""
        plan = document.executable.plan(None)
        assert plan is not None
        bound = plan.bind(variables)
        executor = interpreter(core_schema(), document.node, None, variables, self._context())
        if not isinstance(bound, BoundPlan):
            assert isinstance(executor, list)
            assert [error.formatted for error in bound] == [error.formatted for error in executor]
            return ExecutionResult(None, bound)
        assert not isinstance(executor, list)
        planned = await bound.execute(None, self._context())
        assert_alike(await interpreted(executor), planned)
        return planned


@pytest.mark.one_process("It runs both executors in the process of the test.")
# graphql-core drops coroutines when a sibling has failed.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_random_queries_get_the_same_answers_from_both_executors(
    parley: Served, alice: Client, model: ScriptedModel
) -> None:
    known = await wanted(alice, model)
    documents = Documents(core_schema(), DocumentLimits(depth=20, aliases=100))
    twice = Twice(parley, alice)
    came: Counter[str] = Counter()
    seed = SEED
    while came["cases"] < CASES:
        chosen = random.Random(seed)  # noqa: S311  chance is wanted, not secrecy
        made = DocumentMaker(core_schema(), chosen, known=known, left_out=TELLS_THE_TIME).document(
            "query"
        )
        for variables in _allowed(documents, made.text, made.variables):
            try:
                result = await twice.run(documents.prepare(made.text), variables)
            except Exception as error:
                again = f"PARLEY_TEST_SEED={seed}\n{made.text}\n{variables}"
                raise AssertionError(again) from error
            came["cases"] += 1
            came["with data"] += result.data is not None
            came["with errors"] += bool(result.errors)
        seed += 1
    _log.info("seeds %d to %d: %s", SEED, seed - 1, dict(came))
    assert came["with data"] > CASES / 5
    assert came["with errors"] > CASES / 5


def _allowed(
    documents: Documents, text: str, sets: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The sets of variables with which a document may be run: none when it is not valid."""
    try:
        document = documents.prepare(text)
        if document.errors:
            return []
        operation = next(
            one for one in document.node.definitions if isinstance(one, OperationDefinitionNode)
        )
        for variables in sets:
            document.check_cost(operation, variables)
    except QueryTooComplexError:
        return []
    return list(sets)
