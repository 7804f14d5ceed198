"""Random documents with random values get graphql-core's answers to the byte, errors included."""

import random
from functools import cache, partial

import pytest
from graphql import GraphQLSchema, parse, validate

from executor.plan import compile_plan
from tests.executor import garden
from tests.executor.comparing import Case
from tests.executor.hunting import hunt
from tests.executor.random_documents import DocumentMaker
from tests.executor.random_garden import Gardener
from tests.executor.random_schemas import random_schema
from tests.executor.random_values import Source

SCHEMAS = 20

# graphql-core drops coroutines when a sibling has failed; that plans drop none is asserted.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@cache
def schema_of(seed: int) -> GraphQLSchema:
    return random_schema(seed)


def cases_of(seed: int, *, schema: GraphQLSchema | None = None) -> list[Case]:
    """The cases of a seed, of one document with one plan; none when the document is not valid."""
    chosen = random.Random(seed)  # noqa: S311  chance is wanted, not secrecy
    operation = chosen.choice(("query", "query", "query", "mutation"))
    used = schema or schema_of(seed % SCHEMAS)
    made = DocumentMaker(used, chosen).document(operation)
    document = parse(made.text)
    if validate(used, document):
        return []

    def root(number: int, awaiting: bool) -> object:
        if schema is None:
            return Source(operation, f"{seed}.{number}", awaiting)
        if operation == "mutation":
            return garden.Mutation()
        return Gardener(f"{seed}.{number}", awaiting).query()

    plan = compile_plan(used, document)
    return [
        Case(
            schema=used,
            document=document,
            plan=plan,
            variables=variables,
            root=partial(root, number),
        )
        for number, variables in enumerate(made.variables)
    ]


async def test_documents_over_made_up_schemas_get_the_same_answers() -> None:
    came = await hunt(cases_of)
    assert came["with data"] > 40
    assert came["with several errors"] > 10


async def test_documents_over_strawberry_types_get_the_same_answers() -> None:
    came = await hunt(partial(cases_of, schema=garden.SCHEMA))
    assert came["with data"] > 40
    assert came["with several errors"] > 2
