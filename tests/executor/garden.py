"""A schema of Strawberry types with every kind of field: plain, by resolvers, in batches."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Generic, NewType, TypeVar
from uuid import UUID

import strawberry
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from tests.executor.comparing import Timing
from tests.executor.random_values import Later, PlannedError

Info = strawberry.Info[Timing, None]
Item = TypeVar("Item")
Cent = NewType("Cent", int)


@strawberry.enum
class Colour(Enum):
    """Names on the wire are not those of the members, and neither are the values."""

    RED = strawberry.enum_value(1, name="rosy")
    BLUE = "blue"
    CRIMSON = 1


@strawberry.enum
class Size(StrEnum):
    """Members that are texts too."""

    SMALL = "s"
    LARGE = "l"


@strawberry.interface
class Thing:
    """Anything with an id."""

    id: strawberry.ID
    weight: float | None


@strawberry.interface
class Living(Thing):
    """A thing that grows."""

    age: int

    @strawberry.field
    def name(self) -> str:
        """By a resolver in an interface."""
        return f"living {self.id}"


@strawberry.input
class Wanted:
    """An input with defaults, and one in itself."""

    size: Size = Size.SMALL
    least: int | None = 1
    words: list[str] = strawberry.field(default_factory=lambda: ["a", "b"])
    inner: Annotated["Wanted", strawberry.lazy("tests.executor.garden")] | None = None
    other: int | None = strawberry.UNSET


@strawberry.type
class Stone:
    """Nothing but attributes, of every type that Strawberry knows."""

    text: str
    count: int
    share: float
    flag: bool
    colour: Colour
    size: Size | None
    moment: datetime
    day: date | None
    hour: time
    key: UUID
    price: Decimal
    cents: Cent | None
    extra: JSON | None
    texts: list[str]
    grid: list[list[int | None]] | None
    maybe: str | None = None


async def _shades(parents: Sequence["Leaf"], info: Info) -> list[Any]:
    """The batch form of a field; parents that are too old fail by themselves."""
    await Later(lambda: None, 1)
    return [_shade(parent) for parent in parents]


def _shade(leaf: "Leaf") -> Any:  # noqa: ANN401  a number, or its error
    age = getattr(leaf, "age", None)
    return age if isinstance(age, int) and age < 20 else PlannedError("too old")


@strawberry.type
class Leaf(Living):
    """Plain, and of two interfaces."""

    colour: Colour | None
    stone: Stone | None
    stones: list[Stone | None]

    @strawberry.field
    def place(self, info: Info) -> str | None:
        """Where it is, which some cannot say."""
        if self.age in range(7):
            raise PlannedError("lost")
        return str(info.path.as_list())

    @strawberry.field(metadata={"batch": _shades})
    def shade(self) -> int | None:
        """Has a batch form."""
        shade = _shade(self)
        if isinstance(shade, Exception):
            raise shade
        return int(shade)


@strawberry.type
class Edge(Generic[Item]):
    """Generic, as connections are."""

    cursor: str
    node: Item


@strawberry.type
class Page(Generic[Item]):
    """A page of anything."""

    edges: list[Edge[Item]]
    total: int | None


class Allowed(BasePermission):
    """Refuses some."""

    message = "not allowed"

    def has_permission(self, source: Any, info: Info, **_: Any) -> bool:  # noqa: ANN401
        """By the length of the id."""
        return len(str(getattr(source, "id", ""))) % 3 != 0


async def _doubled(parents: Sequence["Tree"], info: Info, by: int = 2) -> list[Any]:
    """The batch form of a field; parents whose age is bad fail by themselves."""
    await Later(lambda: None, 1)
    return [_double(parent, by) for parent in parents]


def _double(tree: "Tree", by: int) -> Any:  # noqa: ANN401  a number, or its error
    age = getattr(tree, "age", None)
    if not isinstance(age, int):
        return PlannedError("no age")
    return None if age == 7 else age * by


def _never(parents: Sequence["Tree"], info: Info) -> Sequence["Leaf | None"]:
    raise AssertionError("A batch form knows nothing of permissions.")


@strawberry.type
class Tree(Living):
    """Fields of all kinds beside one another."""

    neighbour: strawberry.Private["Tree | None"]
    leaf: Leaf | None
    leaves: list[Leaf]
    living: list[Living]
    rest: list[Annotated["Stone | Leaf | Tree", strawberry.union("Rest")] | None]
    page: Page[Leaf]

    @strawberry.field
    def heavier(self, by: float, wanted: Wanted | None = None) -> float | None:
        """At once."""
        if wanted and wanted.inner is not None:
            raise PlannedError(f"not {wanted}")
        return None if self.weight is None else self.weight + by

    @strawberry.field
    async def friend(self, info: Info) -> "Tree | None":
        """Later."""
        if info.context.awaiting:
            await Later(lambda: None, 2)
        return self.neighbour

    @strawberry.field(permission_classes=[Allowed])
    def secret(self) -> str:
        """Only to some."""
        return f"secret of {self.id}"

    @strawberry.field(metadata={"batch": _doubled})
    def doubled(self, by: int = 2) -> int | None:
        """Has a batch form with an argument."""
        value = _double(self, by)
        if isinstance(value, Exception):
            raise value
        return None if value is None else int(value)

    @strawberry.field(metadata={"batch": _never}, permission_classes=[Allowed])
    def nearest(self) -> Leaf | None:
        """Has a batch form that must not be used."""
        return self.leaf


@strawberry.type
class Query:
    """The garden, as attributes of the root value."""

    trees: list[Tree]
    tree: Tree | None
    oldest: Living
    stone: Stone | None
    leaf: Leaf

    @strawberry.field
    async def found(self, info: Info, wanted: Wanted, sizes: list[Size] | None = None) -> str:
        """What was asked for, as it came."""
        if info.context.awaiting:
            await Later(lambda: None, 1)
        return f"{wanted} {sizes}"


@strawberry.type
class Mutation:
    """Changes the garden, one change after the other."""

    @strawberry.field
    async def grow(self, info: Info, by: int) -> int:
        """Grow, and fail when that is too much."""
        if info.context.awaiting:
            await Later(lambda: None, 3 - by % 3)
        self.grown = getattr(self, "grown", 0) + by
        if self.grown > 120:
            raise PlannedError("too much")
        return self.grown

    @strawberry.field
    def cut(self) -> int | None:
        """Cut back to nothing, which is an error when there is nothing."""
        grown: int = getattr(self, "grown", 0)
        self.grown = 0
        if grown == 0:
            raise PlannedError("nothing to cut")
        return grown


_MADE = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[Leaf, Tree, Stone],
    config=StrawberryConfig(
        auto_camel_case=True,
        scalar_map={
            Cent: strawberry.scalar(name="Cent", serialize=lambda cents: f"{cents:d} ct"),
        },
    ),
)
SCHEMA = _MADE._schema  # noqa: SLF001  Strawberry offers no other way
