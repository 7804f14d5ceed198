"""Which fields of a selection generated code reads: attributes, with all that is below them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from executor.kinds import (
    Attribute,
    Constant,
    Function,
    Kind,
    LeafKind,
    ListKind,
    ObjectKind,
    Part,
    spots_of,
)
from executor.leaves import leaf_of
from executor.ordinary import attribute_of, is_ordinary_attribute, ordinary_class
from executor.places import FieldFacts, Route, Spot
from executor.shapes import shape_source

if TYPE_CHECKING:
    from executor.completers import Below
    from executor.fields import FieldPlan

MOST_SPOTS = 16
"""For how many spots one shape gathers: fragments in one another could make them countless."""


class Left(NamedTuple):
    """A field that is left to be run for the objects that were gathered for a spot."""

    field: "FieldPlan"
    spot: int


class Shapes:
    """The generated code for a type's ordinary objects with one selection.

    `flat` leaves out each field with anything in it that is not read off an object; `shaped` are
    the keys of the others. `gathering` goes on through objects below. After it, nothing but `left`
    is to be run: fields in the order of the document, each for the objects that lie by one of the
    `routes`.
    """

    def __init__(
        self, made_from: type, parts: Mapping[str, Part | None], *, may_be_cast: bool
    ) -> None:
        """`parts` are those of `gathering`, by response keys; None stands for a field left out."""
        self._made_from = made_from
        self._parts = parts
        self._may_be_cast = may_be_cast
        self._is_gathered = None in parts.values()
        self.shaped = frozenset(key for key, part in parts.items() if part and not _spots(part))
        self.routes: list[Route] = [()] if self._is_gathered else []
        self.left: list[Left] = []

    @cached_property
    def goes_on(self) -> bool:
        """Whether `gathering` goes further than `flat`."""
        return len(self.routes) > self._is_gathered

    @cached_property
    def flat(self) -> Function:
        """Takes a source."""
        parts = {key: part if key in self.shaped else None for key, part in self._parts.items()}
        return self._function(parts, is_gathered=False)

    @cached_property
    def gathering(self) -> Function:
        """Takes a source, and for each route a list of sources and one of targets."""
        return self._function(self._parts, is_gathered=self._is_gathered)

    def leave(self, field: "FieldPlan") -> None:
        """Leave the next field to be run."""
        self.left.append(Left(field, 0))

    def go_on(self, way: Route, below: "Shapes") -> None:
        """Take over what is left to be run in objects below, to which there is one way."""
        first = len(self.routes)
        self.routes += [way + route for route in below.routes]
        self.left += [Left(field, first + spot) for field, spot in below.left]

    def _function(self, parts: Mapping[str, Part | None], *, is_gathered: bool) -> Function:
        return shape_source(
            self._made_from,
            [(key, part or Constant(None)) for key, part in parts.items()],
            may_be_cast=self._may_be_cast,
            is_gathered=is_gathered,
        ).function()


def shapes_of(
    type_: GraphQLObjectType, fields: Sequence["FieldPlan"], below: "Below"
) -> Shapes | None:
    """The shapes of a type's ordinary objects, if there are such objects."""
    made_from = ordinary_class(type_)
    if made_from is None:
        return None
    parts: dict[str, Part | None] = {}
    inner: dict[str, Shapes | None] = {}
    spots = 1
    for field in fields:
        facts = field.facts
        name = _attribute(made_from, facts)
        objects = _shapes_below(facts, below) if name else None
        part = _part(name, facts, objects)
        if spots + _spots(part) > MOST_SPOTS:
            part = None
        spots += _spots(part)
        parts[facts.key], inner[facts.key] = part, objects
    shapes = Shapes(made_from, parts, may_be_cast=type_.is_type_of is not None)
    for field in fields:
        part, objects = parts[field.facts.key], inner[field.facts.key]
        if part is None:
            shapes.leave(field)
        elif objects and _spots(part):
            shapes.go_on(_way(field), objects)
    return shapes


def _spots(part: Part | None) -> int:
    return spots_of(part.kind) if isinstance(part, Attribute) else 0


def _way(field: "FieldPlan") -> Route:
    """The way to the objects in a field."""
    way = [field.spot]
    inner = get_nullable_type(field.facts.definition.type)
    while is_list_type(inner):
        way.append(Spot(field.facts, None, not is_non_null_type(inner.of_type)))
        inner = get_nullable_type(inner.of_type)
    return tuple(way)


def _attribute(made_from: type, facts: FieldFacts) -> str | None:
    """The attribute that a field reads, if that does nothing else."""
    name = attribute_of(facts.definition)
    return name if name and is_ordinary_attribute(made_from, name) else None


def _shapes_below(facts: FieldFacts, below: "Below") -> Shapes | None:
    """The shapes of the objects in a field, if it has objects of just one type."""
    type_ = get_named_type(facts.definition.type)
    selection = below(type_, facts.details) if is_object_type(type_) else None
    return None if selection is None or isinstance(selection, GraphQLError) else selection.shapes


def _part(name: str | None, facts: FieldFacts, objects: Shapes | None) -> Part | None:
    if facts.definition is TypeNameMetaFieldDef:
        return Constant(facts.parent_type.name)
    kind = _kind(facts.definition.type, objects) if name else None
    return Attribute(name, kind) if name and kind else None


def _kind(type_: GraphQLOutputType, objects: Shapes | None) -> Kind | None:
    nullable = not is_non_null_type(type_)
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        item = _kind(inner.of_type, objects)
        return None if item is None else ListKind(item, nullable)
    if is_leaf_type(inner):
        return LeafKind(leaf_of(inner), nullable)
    if objects is None:
        return None
    spots = len(objects.routes)
    return ObjectKind(objects.gathering if spots else objects.flat, nullable, spots)
