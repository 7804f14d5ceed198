"""Values on their way out, with what they are put into, and where that is."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from executor.places import Place, Places, Spot, known_places

Container: TypeAlias = dict[str, Any] | list[Any]
"""An object of the response, or a list in it."""

Cell: TypeAlias = tuple[Any, Container, Place]


class Cells:
    """A batch of values of one type, in columns."""

    __slots__ = ("_key", "containers", "places", "values")

    def __init__(
        self, values: list[Any], containers: list[Any], places: Places, *, key: str | None = None
    ) -> None:
        """The columns, which are as long as one another.

        `key` is that of all places, where it is the same: then they need not be asked.
        """
        self.values = values
        self.containers: list[Container] = containers
        self.places = places
        self._key = key

    def __iter__(self) -> Iterator[Cell]:
        """Each value with its container and place."""
        return zip(self.values, self.containers, self.places.all(), strict=True)

    def put(self, made: list[Any]) -> None:
        """Put what goes out for each value into its container."""
        key = self._key
        if key is None:
            for container, place, one in zip(self.containers, self.places.all(), made, strict=True):
                put(container, place, one)
        else:
            containers: list[Any] = self.containers
            for container, one in zip(containers, made, strict=True):
                container[key] = one


class Collected(Cells):
    """Cells that come one by one."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """None yet."""
        known: list[Place] = []
        super().__init__([], [], known_places(known))
        self._known = known

    def add(self, value: object, container: Container, place: Place) -> None:
        """One more."""
        self.values.append(value)
        self.containers.append(container)
        self._known.append(place)

    def add_items(self, items: list[Any], container: list[Any], place: Place, spot: Spot) -> None:
        """All items of the list at a place, which go into another list at the same indexes."""
        count = len(items)
        self.values.extend(items)
        self.containers.extend([container] * count)
        self._known.extend((place, index, spot) for index in range(count))


def put(container: Container, place: Place, value: object) -> None:
    """Put what goes out into its container."""
    container[place[1]] = value  # type: ignore[index]  # lists have indexes, and objects keys
