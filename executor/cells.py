"""Values on their way out, with what they are put into, and where that is."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from executor.places import Place

Container: TypeAlias = dict[str, Any] | list[Any]
"""An object of the response, or a list in it."""

Cell: TypeAlias = tuple[Any, Container, Place]


class Cells:
    """A batch of values of one type, in columns."""

    __slots__ = ("containers", "places", "values")

    def __init__(
        self,
        values: list[Any] | None = None,
        containers: list[Any] | None = None,
        places: list[Place] | None = None,
    ) -> None:
        """The columns, which are as long as one another; none: no values yet."""
        self.values: list[Any] = [] if values is None else values
        self.containers: list[Container] = [] if containers is None else containers
        self.places: list[Place] = [] if places is None else places

    def __iter__(self) -> Iterator[Cell]:
        """Each value with its container and place."""
        return zip(self.values, self.containers, self.places, strict=True)

    def add(self, value: object, container: Container, place: Place) -> None:
        """One more value."""
        self.values.append(value)
        self.containers.append(container)
        self.places.append(place)


def put(container: Container, place: Place, value: object) -> None:
    """Put what goes out into its container."""
    container[place[1]] = value  # type: ignore[index]  # lists have indexes, and objects keys
