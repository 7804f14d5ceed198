"""One definition of a document, operation or fragment, reduced to the numbers that limits need.

Each node is looked at once, without recursion. What a fragment adds is left open: an outline only
notes where it is spread.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import DirectiveNode, FieldNode, FragmentSpreadNode, Node, SelectionSetNode

# Where introspection begins. How deep it goes is another rule's business.
INTROSPECTION = frozenset({"__schema", "__type"})


class Place(NamedTuple):
    """Where something stands: under how many fields, and in how many selection sets.

    Below introspection, fields are not counted: `measured` is False there.
    """

    depth: int = 0
    nesting: int = 0
    measured: bool = True


class Spread(NamedTuple):
    """A fragment that is spread, and where."""

    name: str
    place: Place


@dataclass(slots=True)
class Outline:
    """The numbers of one definition."""

    depth: int = 0
    nesting: int = 0
    aliases: int = 0
    directives: int = 0
    spreads: list[Spread] = field(default_factory=list)


def add_outline(outline: Outline, definition: Node) -> None:
    """Add the numbers of a definition to an outline."""
    pending = [(definition, Place())]
    while pending:
        node, place = pending.pop()
        inside = _count(outline, node, place)
        pending.extend((child, inside) for child in _children(node))


def _count(outline: Outline, node: Node, place: Place) -> Place:
    """Count one node; the place of its children."""
    if isinstance(node, FieldNode):
        outline.aliases += node.alias is not None
        inside = place._replace(
            depth=place.depth + place.measured,
            measured=place.measured and node.name.value not in INTROSPECTION,
        )
        outline.depth = max(outline.depth, inside.depth)
        return inside
    if isinstance(node, SelectionSetNode):
        outline.nesting = max(outline.nesting, place.nesting + 1)
        return place._replace(nesting=place.nesting + 1)
    if isinstance(node, FragmentSpreadNode):
        outline.spreads.append(Spread(node.name.value, place))
    outline.directives += isinstance(node, DirectiveNode)
    return place


def _children(node: Node) -> Iterator[Node]:
    for key in node.keys:
        value = getattr(node, key)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value
