"""Where in a response a value stands, and what its place says of errors and nulls.

A place is a plain tuple. Those of a batch are made only when somebody asks for them: for an error,
for the path that a resolver is told, or by the general rules.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldFacts:
    """What a document and the schema say of a field of one object type.

    `key` is its name in the response. `details` are graphql-core's, for collecting what is selected
    below. `known` is for whoever finds out something by looking at these, and would look again.
    """

    key: str
    name: str
    nodes: list[FieldNode]
    details: FieldDetailsList
    parent_type: GraphQLObjectType
    definition: GraphQLField
    known: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """What all values at one spot of a selection have in common.

    `ordinal` is the position among the fields of its object; None for the items of a list, whose
    index is their position.
    """

    field: FieldFacts
    ordinal: int | None
    nullable: bool


Place: TypeAlias = tuple["Place | None", str | int, Spot]
"""The place around it, the key or index in that, and the spot."""

Route: TypeAlias = tuple[Spot, ...]
"""How an object lies in another one: the spots of fields, and of the items of their lists."""


class Places:
    """The places of a batch, one for each of its values."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], list[Place]]) -> None:
        """`make` is called once, or never."""
        self._make = make
        self._made: list[Place] | None = None

    def all(self) -> list[Place]:
        """All of them, in the order of the values."""
        if self._made is None:
            self._made = self._make()
        return self._made


def known_places(places: list[Place]) -> Places:
    """Places that are there already."""
    return Places(lambda: places)


def places_of_field(around: Places | None, spot: Spot) -> Places:
    """The places of a field in objects at other places; None: in the response itself."""
    return Places(partial(_of_field, around, spot))


def places_within(around: Places, targets: Sequence[dict[str, Any]], route: Route) -> Places:
    """The places of all objects that lie by a route in those that were put at other places.

    They are looked up in the response, so it must not have changed along the route.
    """
    return Places(partial(_within, around, targets, route))


def path_of(place: Place) -> list[str | int]:
    """The path that an error has in the response."""
    keys = [key for _, key, _ in _from_inside(place)]
    keys.reverse()
    return keys


def order_of(place: Place) -> list[int]:
    """Sorts places as a response is written: fields in the order of the document, depth first."""
    ordinals = [
        key if spot.ordinal is None else spot.ordinal for _, key, spot in _from_inside(place)
    ]
    ordinals.reverse()
    return ordinals  # type: ignore[return-value]  # a key without an ordinal is an index


def nulled_by_error(place: Place) -> list[str | int]:
    """The path of what becomes null when the value at a place fails; empty: the whole response."""
    inside: Place | None = place
    while inside is not None and not inside[2].nullable:
        inside = inside[0]
    return [] if inside is None else path_of(inside)


def field_place(place: Place) -> Place:
    """The place of the field that the value at a place, perhaps an item of a list, belongs to."""
    while place[2].ordinal is None and place[0] is not None:
        place = place[0]
    return place


def as_path(place: Place) -> Path:
    """The place as graphql-core tells it to resolvers."""
    around, key, spot = place
    name = None if spot.ordinal is None else spot.field.parent_type.name
    return Path(None if around is None else as_path(around), key, name)


def _of_field(around: Places | None, spot: Spot) -> list[Place]:
    key = spot.field.key
    if around is None:
        return [(None, key, spot)]
    return [(place, key, spot) for place in around.all()]


def _within(around: Places, targets: Sequence[dict[str, Any]], route: Route) -> list[Place]:
    found: list[tuple[Any, Place]] = list(zip(targets, around.all(), strict=True))
    for spot in route:
        found = [
            (value, (place, key, spot))
            for container, place in found
            for key, value in _values(container, spot)
            if value is not None
        ]
    return [place for _, place in found]


def _values(container: Any, spot: Spot) -> Iterable[tuple[Any, Any]]:  # noqa: ANN401  an object or a list
    """What lies at a spot, with its key or index."""
    if spot.ordinal is None:
        return enumerate(container)
    return ((spot.field.key, container[spot.field.key]),)


def _from_inside(place: Place | None) -> Sequence[Place]:
    places: list[Place] = []
    while place is not None:
        places.append(place)
        place = place[0]
    return places
