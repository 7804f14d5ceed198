"""The shape of a whole document: how deep it is, and how much stands in it.

Fragments are joined from the innermost outwards, each once, so a document whose fragments would
unfold to billions of fields is measured as fast as any other of its length.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from graphql import DocumentNode, FragmentDefinitionNode

from chat.errors import QueryTooComplexError
from web.documents.limits import NESTING, DocumentLimits
from web.documents.outline import Outline, add_outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`fragments` are all fragments, each after those that it spreads."""

    depth: int
    nesting: int
    aliases: int
    directives: int
    fragments: tuple[FragmentDefinitionNode, ...]


def shape_of(document: DocumentNode) -> Shape:
    """Measure a document. Raises QueryTooComplexError when a fragment contains itself."""
    outlines: defaultdict[str, Outline] = defaultdict(Outline)
    definitions: dict[str, FragmentDefinitionNode] = {}
    rest = Outline()
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            # Fragments of the same name are not valid, but they are measured before that is known.
            name = definition.name.value
            definitions[name] = definition
            add_outline(outlines[name], definition)
        else:
            add_outline(rest, definition)
    order = _innermost_first(outlines)
    joined: dict[str, Outline] = {}
    for name in order:
        joined[name] = _with_spreads(outlines[name], joined)
    whole = _with_spreads(rest, joined)
    return Shape(
        depth=whole.depth,
        nesting=max(each.nesting for each in (whole, *joined.values())),
        aliases=sum(each.aliases for each in (rest, *outlines.values())),
        directives=sum(each.directives for each in (rest, *outlines.values())),
        fragments=tuple(definitions[name] for name in order),
    )


def check_shape(shape: Shape, limits: DocumentLimits) -> None:
    """Raise QueryTooComplexError for the first limit that the document does not keep."""
    for limit, found, allowed in (
        ("depth", shape.depth, limits.depth),
        ("nesting", shape.nesting, NESTING),
        ("aliases", shape.aliases, limits.aliases),
        ("directives", shape.directives, limits.directives),
    ):
        if found > allowed:
            raise QueryTooComplexError(limit=limit, found=found, allowed=allowed)


def _innermost_first(outlines: Mapping[str, Outline]) -> tuple[str, ...]:
    spreads = {
        name: [spread.name for spread in outline.spreads if spread.name in outlines]
        for name, outline in outlines.items()
    }
    try:
        return tuple(TopologicalSorter(spreads).static_order())
    except CycleError as error:
        raise QueryTooComplexError(limit="fragmentCycles", found=1, allowed=0) from error


def _with_spreads(outline: Outline, joined: Mapping[str, Outline]) -> Outline:
    """The outline with all that its spreads bring; `joined` has those already."""
    whole = Outline(depth=outline.depth, nesting=outline.nesting)
    for name, place in outline.spreads:
        inner = joined.get(name)
        if inner is None:
            continue  # Validation will say that there is no such fragment.
        if place.measured:
            whole.depth = max(whole.depth, place.depth + inner.depth)
        whole.nesting = max(whole.nesting, place.nesting + inner.nesting)
    return whole
