"""What is selected of one object type, and how it runs: each field once, for all objects."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from executor.awaiting import Pending
from executor.cells import Cells
from executor.fields import FieldPlan
from executor.places import Place, Places, Route, known_places, places_within

if TYPE_CHECKING:
    from executor.run import Run
    from executor.shaping import Shapes


class Objects:
    """Objects that come one by one: where they come from, what they become, and their places."""

    __slots__ = ("places", "sources", "targets")

    def __init__(self) -> None:
        """None yet."""
        self.sources: list[Any] = []
        self.targets: list[dict[str, Any]] = []
        self.places: list[Place] = []

    def add(self, source: object, target: dict[str, Any], place: Place) -> None:
        """One more."""
        self.sources.append(source)
        self.targets.append(target)
        self.places.append(place)


class Selection:
    """The fields of one object type, in the order of the document."""

    __slots__ = ("_keys", "_left", "_shaped", "fields", "shapes")

    def __init__(self, fields: Sequence[FieldPlan], shapes: "Shapes | None") -> None:
        """`shapes` are those of the type's ordinary objects."""
        self.fields = fields
        self.shapes = shapes
        shaped = shapes.shaped if shapes else ()
        self._keys = [field.facts.key for field in fields]
        self._shaped = [field for field in fields if field.facts.key in shaped]
        self._left = [field for field in fields if field.facts.key not in shaped]

    def blank(self) -> dict[str, Any]:
        """An object with its keys in their order."""
        return dict.fromkeys(self._keys)

    def run(self, run: "Run", shaped: Objects, blank: Objects, pending: Pending) -> None:
        """Run what is left for objects that have their flat shape, and all fields of blank ones."""
        sources = shaped.sources + blank.sources
        if self._left and sources:
            targets = shaped.targets + blank.targets
            places = known_places(shaped.places + blank.places)
            for field in self._left:
                field.run(run, sources, targets, places, pending)
        if blank.sources:
            places = known_places(blank.places)
            for field in self._shaped:
                field.run(run, blank.sources, blank.targets, places, pending)


def run_ordinary(run: "Run", shapes: "Shapes", cells: Cells, pending: Pending) -> bool:
    """Put an object for each value, and run its fields; nothing is done if any is unusual."""
    values = cells.values
    goes_on = shapes.goes_on
    shape = shapes.gathering if goes_on else shapes.flat
    gathered: list[list[Any]] = [[] for _ in range(2 * len(shapes.routes))]
    try:
        if goes_on:
            targets = [shape(value, *gathered) for value in values]
        else:
            targets = list(map(shape, values))
            gathered = [values, targets]
    except Exception:  # noqa: BLE001  whatever is wrong, if anything is, comes out again
        return False
    cells.put(targets)
    if shapes.left:
        places = [_places(cells, targets, route) for route in shapes.routes]
        run.keep_places(places)
        for field, spot in shapes.left:
            sources = gathered[2 * spot]
            if sources:
                field.run(run, sources, gathered[2 * spot + 1], places[spot], pending)
    return True


def _places(cells: Cells, targets: list[dict[str, Any]], route: Route) -> Places:
    return places_within(cells.places, targets, route) if route else cells.places
