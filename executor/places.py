"""Where in a response a value stands, and what its place says of errors and nulls.

A place is a plain tuple, because one is made for each value that is not read by generated code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldFacts:
    """What a document and the schema say of a field of one object type.

    `key` is its name in the response. `details` are graphql-core's, for collecting what is selected
    below.
    """

    key: str
    name: str
    nodes: list[FieldNode]
    details: FieldDetailsList
    parent_type: GraphQLObjectType
    definition: GraphQLField


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


def _from_inside(place: Place | None) -> Sequence[Place]:
    places: list[Place] = []
    while place is not None:
        places.append(place)
        place = place[0]
    return places
