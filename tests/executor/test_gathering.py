"""Shapes that go on through objects below, and gather those that have fields left to be run."""

import asyncio
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import ExecutionResult, parse

from executor.kinds import Attribute, Constant, LeafKind, ListKind, ObjectKind
from executor.leaves import leaf_of
from executor.plan import compile_plan
from executor.shapes import shape_source
from executor.shaping import MOST_SPOTS
from tests.executor import garden

Info = strawberry.Info[list[Any], None]
TEXT = LeafKind(leaf_of(garden.SCHEMA.type_map["String"]), nullable=False)  # type: ignore[arg-type]


async def _seen(parents: "Sequence[Node]", info: Info) -> list[Any]:
    info.context.append([parent.name for parent in parents])
    return [ValueError("bad") if parent.name == "bad" else parent.name for parent in parents]


@strawberry.type
class Node:
    """With a field that is left."""

    name: str
    inner: list["Node"]

    @strawberry.field(metadata={"batch": _seen})
    def seen(self) -> str:
        """Has a batch form."""
        raise AssertionError

    @strawberry.field
    async def later(self, info: Info) -> str:
        """Keeps what it was told, and waits."""
        info.context.append(info)
        await asyncio.sleep(0)
        return self.name


@strawberry.type
class Edge:
    """Around a node."""

    cursor: str
    node: Node | None


@strawberry.type
class Page:
    """With lists of lists."""

    edges: list[Edge]
    rows: list[list[Node | None] | None]


@strawberry.type
class Query:
    """One page."""

    @strawberry.field
    def page(self) -> Page:
        """What the root value is."""
        return self  # type: ignore[return-value]


SCHEMA = strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry offers no other way


def node(name: Any, *inner: Node) -> Node:  # noqa: ANN401  or something unusual
    return Node(name=name, inner=list(inner))


def page(*nodes: Node | None, rows: Sequence[list[Node | None] | None] = ()) -> Page:
    return Page(edges=[Edge(cursor="c", node=one) for one in nodes], rows=list(rows))


async def executed(text: str, root: Page, seen: list[Any]) -> ExecutionResult:
    return await compile_plan(SCHEMA, parse(text)).execute(root, seen, {})


def test_a_shape_that_gathers_is_code_that_can_be_read() -> None:
    source = shape_source(
        Edge,
        [
            ("cursor", Attribute("cursor", TEXT)),
            ("node", Attribute("node", ObjectKind(dict, nullable=True, gathers=1))),
            ("rows", Attribute("rows", ListKind(ObjectKind(dict, False, gathers=1), False))),
            ("left", Constant(None)),
        ],
        may_be_cast=False,
        is_gathered=True,
    )
    assert (
        source.text
        == """\
def shape(source, sources0, targets0, sources1, targets1, sources2, targets2):
    if not (type(source) is source_class):
        raise Unusual
    v0 = source.cursor
    if not (type(v0) is str):
        raise Unusual
    v1 = source.node
    v2 = source.rows
    if not (type(v2) is list):
        raise Unusual
    target = {
        'cursor': v0,
        'node': None if v1 is None else v1_shape(v1, sources1, targets1),
        'rows': [v2_item(item, sources2, targets2) for item in v2],
        'left': None,
    }
    sources0.append(source)
    targets0.append(target)
    return target
"""
    )


async def test_objects_of_all_lists_are_gathered_for_one_call() -> None:
    rows: list[list[Node | None] | None] = [[node("c"), None, node("d")], None, [], [node("e")]]
    seen: list[Any] = []
    text = "{ page { edges { node { seen } } rows { name seen } } }"
    result = await executed(text, page(node("a"), None, node("b"), rows=rows), seen)
    assert result.errors is None
    assert seen == [["a", "b"], ["c", "d", "e"]]
    assert result.data == {
        "page": {
            "edges": [{"node": {"seen": "a"}}, {"node": None}, {"node": {"seen": "b"}}],
            "rows": [
                [{"name": "c", "seen": "c"}, None, {"name": "d", "seen": "d"}],
                None,
                [],
                [{"name": "e", "seen": "e"}],
            ],
        }
    }


async def test_fields_are_run_in_the_order_of_the_document() -> None:
    seen: list[Any] = []
    text = "{ page { edges { node { inner { seen } a: seen b: inner { seen inner { seen } } } } } }"
    await executed(text, page(node("a", node("b", node("c")))), seen)
    assert seen == [["b"], ["a"], ["b"], ["c"]]


async def test_errors_have_the_places_where_the_objects_lie() -> None:
    root = page(node("a"), None, node("bad"), rows=[None, [None, node("bad"), node("b")]])
    result = await executed("{ page { edges { node { seen } } rows { seen } } }", root, [])
    assert [error.path for error in result.errors or ()] == [
        ["page", "edges", 2, "node", "seen"],
        ["page", "rows", 1, 1, "seen"],
    ]
    assert result.data == {
        "page": {
            "edges": [{"node": {"seen": "a"}}, {"node": None}, {"node": None}],
            "rows": [None, [None, None, {"seen": "b"}]],
        }
    }


async def test_paths_may_be_asked_for_when_the_response_has_got_its_nulls() -> None:
    seen: list[Any] = []
    root = page(node("a"), node("bad"), node("b"))
    await executed("{ page { edges { node { later seen } } } }", root, seen)
    infos = [one for one in seen if isinstance(one, strawberry.Info)]
    assert [info.path.as_list() for info in infos] == [
        ["page", "edges", index, "node", "later"] for index in range(3)
    ]


async def test_one_unusual_object_leaves_all_of_its_batch_to_the_rules() -> None:
    seen: list[Any] = []
    root = page(node("a"), node(7), node("b"))
    result = await executed("{ page { edges { node { name seen } } } }", root, seen)
    assert result.errors is None
    assert seen == [["a", "b", 7]]
    assert result.data is not None
    assert result.data["page"]["edges"][1] == {"node": {"name": "7", "seen": "7"}}


async def test_where_fragments_make_too_many_spots_they_are_run_level_by_level() -> None:
    """Otherwise there would be two to the power of 25 of them."""
    depth = 25
    fragments = [
        f"fragment F{index} on Node {{ seen a: inner {{ {next_} }} b: inner {{ {next_} }} }}"
        for index, next_ in ((index, f"...F{index + 1}") for index in range(depth))
    ]
    last = f"fragment F{depth} on Node {{ seen }}"
    text = "{ page { edges { node { ...F0 } } } }"
    seen: list[Any] = []
    root = page(node("a", node("b", node("c", node("d", node("e", node("f")))))))
    result = await executed(" ".join([text, *fragments, last]), root, seen)
    assert result.errors is None
    assert len(seen) == 2**6 - 1 > MOST_SPOTS
