"""What generated code (`shapes.py`) is to make: kinds of values, and the parts of an object."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from executor.leaves import Leaf

Function: TypeAlias = Callable[[Any], Any]


class LeafKind(NamedTuple):
    """Values of a leaf type."""

    leaf: Leaf
    nullable: bool


class ObjectKind(NamedTuple):
    """Objects; `gathers` says for how many spots their shape gathers."""

    shape: Function
    nullable: bool
    gathers: int = 0


class ListKind(NamedTuple):
    """Lists of such values."""

    item: "Kind"
    nullable: bool


Kind: TypeAlias = LeafKind | ObjectKind | ListKind


class Attribute(NamedTuple):
    """A field that reads an attribute."""

    name: str
    kind: Kind


class Constant(NamedTuple):
    """A field with the same value in all objects; None for what is put in later."""

    value: str | None


Part: TypeAlias = Attribute | Constant


def spots_of(kind: Kind) -> int:
    """For how many spots the objects in values of a kind gather."""
    while isinstance(kind, ListKind):
        kind = kind.item
    return kind.gathers if isinstance(kind, ObjectKind) else 0
