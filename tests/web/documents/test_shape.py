"""Depth, aliases and directives, counted through fragments in one pass."""

import pytest
from graphql import FieldNode, GraphQLSchema, Visitor, parse, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.documents.random_documents import Naive, random_documents
from tests.web.documents.refusals import refusal
from web.documents.documents import Documents
from web.documents.shape import shape_of


def chain(length: int, body: str, last: str) -> str:
    """Fragments A0, A1, … of which each spreads the next as `body` says."""
    links = [f"fragment A{i} on T {{ {body.replace('NEXT', f'A{i + 1}')} }}" for i in range(length)]
    return " ".join([*links, f"fragment A{length} on T {{ {last} }}"])


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("{viewer}", 1),
        ("{viewer{id}}", 2),
        ("{...{...on Query{viewer{id}}}}", 2),
        ("{a b{c} d{e{f}} g}", 3),
        ("{a{...F}} fragment F on T {b{c}}", 3),
        ("{a{...F b{...F}}} fragment F on T {b{...G}} fragment G on T {c}", 4),
        ("query A{a} query B{a{b{c}}} mutation C{a}", 3),
        ("{a{...Missing}}", 1),
        # A fragment that nobody spreads is not valid, but not too deep either.
        ("{a} fragment F on T {b{c{d}}}", 1),
    ],
)
def test_depth_counts_the_fields_inside_one_another(text: str, depth: int) -> None:
    assert shape_of(parse(text)).depth == depth


def test_below_introspection_no_field_counts() -> None:
    text = """{ __schema { types { ...T } } __type(name: "A") { ...T } viewer { id } }
    fragment T on __Type { ofType { ofType { ofType { ofType { ofType { name } } } } } }"""
    assert shape_of(parse(text)).depth == 2


def test_ten_levels_are_allowed_and_eleven_are_not(documents: Documents) -> None:
    def nested(levels: int) -> str:
        return "{node(id: 1){...on Conversation" + "{parent" * (levels - 2) + "{id" + "}" * levels

    assert not documents.prepare(nested(10) + "}").errors
    assert refusal(documents, nested(11) + "}") == ("depth", 11, 10)
    split = "{node(id:1){...F}} fragment F on Conversation" + "{parent" * 9 + "{id" + "}" * 10
    assert refusal(documents, split) == ("depth", 11, 10)


def test_aliases_are_counted_as_they_are_written(documents: Documents) -> None:
    def text(count: int) -> str:
        aliases = " ".join(f"a{i}: id" for i in range(count - 1))
        return f"{{ me: viewer {{ ...F }} }} fragment F on User {{ {aliases} }}"

    assert not documents.prepare(text(15)).errors
    assert refusal(documents, text(16)) == ("aliases", 16, 15)


def test_directives_are_counted_wherever_they_stand(documents: Documents) -> None:
    everywhere = """query ($a: Int @x) @x { a @x { ... @x { b } ...F @x } }
    fragment F on T @x { c }"""
    assert shape_of(parse(everywhere)).directives == 6
    many = "{" + "...@include(if: true){viewer{id}}" * 51 + "}"
    assert refusal(documents, many) == ("directives", 51, 50)


@pytest.mark.parametrize(
    "text",
    [
        "{...A} fragment A on Query {...A}",
        "{viewer{id}} fragment A on Query {viewer{...B}} fragment B on User {...A}",
        "{...A} fragment A on Query {...B} fragment B on Query {...C} fragment C on Query {...A}",
        "{...A} fragment A on Query {viewer{id}} fragment A on Query {...A}",
    ],
)
def test_a_fragment_that_contains_itself_is_refused(documents: Documents, text: str) -> None:
    assert refusal(documents, text) == ("fragmentCycles", 1, 0)


def test_a_fragment_bomb_is_measured_without_unfolding_it() -> None:
    wide = shape_of(parse("{...A0} " + chain(40, "a{...NEXT} b{...NEXT ...NEXT}", "c")))
    assert (wide.depth, wide.nesting) == (41, 82)
    long = shape_of(parse("{...A0} " + chain(200, "...NEXT ...NEXT", "c")))
    assert (long.depth, long.nesting) == (1, 202)


def test_fragments_inside_one_another_count_as_nesting(documents: Documents) -> None:
    links = " ".join(f"fragment A{i} on Query {{...A{i + 1}}}" for i in range(60))
    text = f"{{...A0}} {links} fragment A60 on Query {{viewer{{id}}}}"
    assert refusal(documents, text) == ("nesting", 63, 50)


def test_each_fragment_comes_after_those_that_it_spreads() -> None:
    text = "{...A} fragment A on T {...B ...C} fragment B on T {...C} fragment C on T {c}"
    assert [each.name.value for each in shape_of(parse(text)).fragments] == ["C", "B", "A"]


class Aliases(Visitor):
    """Counts aliases by graphql-core's own walk."""

    count = 0

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        """Count one."""
        self.count += node.alias is not None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_documents_are_as_deep_as_a_naive_walk_finds(
    schema: GraphQLSchema, data: st.DataObject
) -> None:
    document = parse(data.draw(random_documents(schema)))
    shape = shape_of(document)
    aliases = Aliases()
    visit(document, aliases)
    assert shape.depth == Naive(schema, document).depth()
    assert shape.aliases == aliases.count
