"""Random documents for Parley's schema, and what they come to when fragments are written out.

The reckoning here is naive on purpose: it walks into a fragment at each spread, and so would never
end on documents that the real one takes at a glance. The generated ones are small.
"""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_object_type,
    print_ast,
)
from hypothesis import strategies as st

PAGES = ("", "(first: 3)", "(last: 7)", "(first: $n)", "(first: 101)", "(first: null)", "(last: 0)")
TYPES = ("Query", "Conversation", "ConversationConnection", "Message", "MessageConnection", "Run")
VARIABLES = {"n": 5}


@dataclass
class Writer:
    """Writes one document by drawing each choice."""

    schema: GraphQLSchema
    draw: st.DrawFn
    fragments: list[str]
    """The type of each fragment; a fragment may spread those that come after it."""

    def selections(self, type_: GraphQLObjectType, depth: int, spreads_from: int) -> str:
        """A selection set."""
        count = self.draw(st.integers(1, 3))
        return " ".join(self._selection(type_, depth, spreads_from) for _ in range(count))

    def _selection(self, type_: GraphQLObjectType, depth: int, spreads_from: int) -> str:
        kind = self.draw(st.sampled_from(["field", "field", "inline", "spread"]))
        fitting = [
            number
            for number in range(spreads_from, len(self.fragments))
            if self.fragments[number] == type_.name
        ]
        if kind == "spread" and fitting:
            return f"...F{self.draw(st.sampled_from(fitting))} @include(if: true)"
        if kind == "inline" and depth > 0:
            return f"... on {type_.name} {{ {self.selections(type_, depth - 1, spreads_from)} }}"
        return self._field(type_, depth, spreads_from)

    def _field(self, type_: GraphQLObjectType, depth: int, spreads_from: int) -> str:
        types = {name: get_named_type(field.type) for name, field in type_.fields.items()}
        leaves = [name for name, inner in types.items() if is_leaf_type(inner)]
        objects = [name for name, inner in types.items() if is_object_type(inner)]
        deeper = bool(objects) and depth > 0 and self.draw(st.integers(0, 3)) > 0
        name: str = self.draw(st.sampled_from(objects if deeper else leaves or ["__typename"]))
        alias: str = self.draw(st.sampled_from(["", "", f"a{depth}: "]))
        inner = types.get(name)
        if not isinstance(inner, GraphQLObjectType):
            return alias + name
        page = self.draw(st.sampled_from(PAGES)) if "first" in type_.fields[name].args else ""
        return f"{alias}{name}{page} {{ {self.selections(inner, depth - 1, spreads_from)} }}"


@st.composite
def random_documents(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """A document of one query and up to five fragments."""
    writer = Writer(schema, draw, draw(st.lists(st.sampled_from(TYPES), max_size=5)))
    parts = [f"query ($n: Int) {{ {writer.selections(_object(schema, 'Query'), 5, 0)} }}"]
    for number, name in enumerate(writer.fragments):
        inner = writer.selections(_object(schema, name), 3, number + 1)
        parts.append(f"fragment F{number} on {name} {{ {inner} }}")
    return "\n".join(parts)


@dataclass
class Naive:
    """The depth and cost of a document, by walking all that it unfolds to."""

    schema: GraphQLSchema
    document: DocumentNode

    def depth(self, selections: SelectionSetNode | None = None) -> int:
        """How many fields are inside one another."""
        deepest = 0
        for node in (selections or self._query()).selections:
            if isinstance(node, FragmentSpreadNode):
                deepest = max(deepest, self.depth(self._fragment(node).selection_set))
            elif isinstance(node, InlineFragmentNode):
                deepest = max(deepest, self.depth(node.selection_set))
            elif isinstance(node, FieldNode):
                inner = self.depth(node.selection_set) if node.selection_set else 0
                deepest = max(deepest, 1 + inner)
        return deepest

    def cost(
        self, selections: SelectionSetNode | None = None, type_name: str = "Query", page: int = 0
    ) -> int:
        """What a selection set on a type costs; `page` is that of the connection around it."""
        total = 0
        for node in (selections or self._query()).selections:
            if isinstance(node, FragmentSpreadNode):
                total += self.cost(self._fragment(node).selection_set, type_name, page)
            elif isinstance(node, InlineFragmentNode):
                total += self.cost(node.selection_set, type_name, page)
            elif isinstance(node, FieldNode):
                total += self._field(node, type_name, page)
        return total

    def _field(self, node: FieldNode, type_name: str, page: int) -> int:
        name = node.name.value
        if name == "totalCount":
            return 1
        if node.selection_set is None:
            return 10 if name == "exportConversation" else 0
        field = _object(self.schema, type_name).fields[name]
        own = 10 if name in {"checkMessage", "searchMessages"} else 1
        below = self.cost(node.selection_set, get_named_type(field.type).name, _page(node))
        if name in {"edges", "nodes"}:
            return page * (own + below)
        return (10 if str(field.type).startswith("[") else 1) * (own + below)

    def _query(self) -> SelectionSetNode:
        [query] = [
            each for each in self.document.definitions if isinstance(each, OperationDefinitionNode)
        ]
        return query.selection_set

    def _fragment(self, spread: FragmentSpreadNode) -> FragmentDefinitionNode:
        [found] = [
            each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode) and each.name.value == spread.name.value
        ]
        return found


def _page(node: FieldNode) -> int:
    known = {"3": 3, "7": 7, "$n": VARIABLES["n"], "101": 100, "null": 20, "0": 100}
    return known[print_ast(node.arguments[0].value)] if node.arguments else 20


def _object(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.get_type(name)
    assert isinstance(found, GraphQLObjectType)
    return found
