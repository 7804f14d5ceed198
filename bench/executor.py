"""`python -m bench.executor`: a page of messages by a compiled plan and by graphql-core's executor.

Both run the same parsed and validated document over the same Strawberry types, with data in memory,
in one process, in turns. What is compared is CPU time, of executing and of encoding the answer.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLSchema, execute, parse, validate

from executor.awaiting import is_awaitable
from executor.plan import compile_plan

ROUNDS = 9
RUNS = 200
COMPILATIONS = 20
MESSAGES = 20
NOW = datetime(2026, 11, 24, 12, 30, 15, 250_000, tzinfo=UTC)

PAGE = parse("""query ($id: ID!) {
  conversation(id: $id) {
    id name model createdAt updatedAt messageCount
    messages(first: 20) {
      edges { cursor node { id index role content status createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
}""")
VARIABLES = {"id": "conversation_1"}

Execution = Callable[[], Awaitable[ExecutionResult]]


@strawberry.enum
class Role(Enum):
    """Who speaks."""

    USER = "USER"
    ASSISTANT = "ASSISTANT"


@strawberry.enum
class Status(Enum):
    """Where a message is in its life."""

    STREAMING = "STREAMING"
    COMPLETE = "COMPLETE"


@strawberry.interface
class Node:
    """Anything with an id."""

    id: strawberry.ID


@strawberry.type
class Message(Node):
    """A message."""

    index: int
    role: Role
    content: str
    status: Status
    created_at: datetime


@strawberry.type
class Edge:
    """A message in a page."""

    cursor: str
    node: Message


@strawberry.type
class PageInfo:
    """Where a page lies."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection:
    """A page."""

    edges: list[Edge]
    page_info: PageInfo


@strawberry.type
class Conversation(Node):
    """A conversation, whose messages come by a resolver."""

    name: str
    model: str
    created_at: datetime
    updated_at: datetime
    message_count: int

    @strawberry.field
    async def messages(self, first: int | None = None, after: str | None = None) -> Connection:
        """The messages that are there."""
        edges = [Edge(cursor=f"cursor {one.index}", node=one) for one in STORED[:first]]
        info = PageInfo(has_next_page=after is None, end_cursor=edges[-1].cursor)
        return Connection(edges=edges, page_info=info)


STORED = [
    Message(
        id=strawberry.ID(f"message_{index}"),
        index=index,
        role=Role.ASSISTANT if index % 2 else Role.USER,
        content="What a person says, or a model. " * 12,
        status=Status.COMPLETE,
        created_at=NOW,
    )
    for index in range(MESSAGES)
]


@strawberry.type
class Query:
    """One conversation."""

    @strawberry.field
    async def conversation(self, id: strawberry.ID) -> Conversation | None:  # noqa: A002
        """A conversation of any id."""
        return Conversation(
            id=id,
            name="A conversation",
            model="a-model",
            created_at=NOW,
            updated_at=NOW,
            message_count=MESSAGES,
        )


def core_schema() -> GraphQLSchema:
    """graphql-core's view of the schema."""
    schema = strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry offers no other way
    errors = validate(schema, PAGE)
    if errors:
        raise RuntimeError(errors)
    return schema


def ways(schema: GraphQLSchema) -> dict[str, Execution]:
    """The two ways to execute the document."""
    plan = compile_plan(schema, PAGE)

    async def by_core() -> ExecutionResult:
        result = execute(schema, PAGE, variable_values=VARIABLES, is_awaitable=is_awaitable)
        return await result if is_awaitable(result) else result  # type: ignore[return-value]

    async def by_plan() -> ExecutionResult:
        return await plan.execute(None, None, VARIABLES)

    return {"graphql-core's executor": by_core, "a compiled plan": by_plan}


async def cpu_microseconds(execution: Execution) -> float:
    """What one execution and the encoding of its answer take of the CPU."""
    begun = time.process_time()
    for _ in range(RUNS):
        orjson.dumps({"data": (await execution()).data})
    return (time.process_time() - begun) / RUNS * 1e6


def compilation_microseconds(schema: GraphQLSchema) -> float:
    """What it takes to compile the document and run it for the first time."""

    async def first() -> None:
        await compile_plan(schema, PAGE).execute(None, None, VARIABLES)

    begun = time.process_time()
    for _ in range(COMPILATIONS):
        asyncio.run(first())
    return (time.process_time() - begun) / COMPILATIONS * 1e6


async def measured(executions: dict[str, Execution]) -> dict[str, list[float]]:
    """The rounds of each way, in turns."""
    answers = [orjson.dumps((await execution()).data) for execution in executions.values()]
    if len(set(answers)) != 1:
        raise RuntimeError("The answers differ.")
    rounds: dict[str, list[float]] = {name: [] for name in executions}
    for _ in range(ROUNDS):
        for name, execution in executions.items():
            rounds[name].append(await cpu_microseconds(execution))
    return rounds


def main() -> None:
    """Measure and print."""
    schema = core_schema()
    rounds = asyncio.run(measured(ways(schema)))
    for name, figures in rounds.items():
        spread = f"{min(figures):.0f}–{max(figures):.0f}"
        print(f"{name}: {statistics.median(figures):.0f} µs of CPU ({spread})")
    core, plan = rounds.values()
    ratios = [one / other for one, other in zip(core, plan, strict=True)]
    spread = f"{min(ratios):.1f}–{max(ratios):.1f}"
    print(f"a plan takes {statistics.median(ratios):.1f} times less ({spread})")
    print(f"compiling and running once: {compilation_microseconds(schema):.0f} µs of CPU")


if __name__ == "__main__":
    main()
