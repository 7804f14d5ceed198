"""What is selected of one object type, and how it runs: each field once, for all objects."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from executor.awaiting import Pending
from executor.fields import FieldPlan
from executor.places import Place

if TYPE_CHECKING:
    from executor.run import Run

Shape: TypeAlias = Callable[[Any], dict[str, Any]]
"""Makes the object of the response, with None for each field that is left to be run.

Raises an exception of any kind for an object with anything unusual, having changed nothing.
"""


class Objects:
    """Objects of a batch: where they come from, what they become, and their places."""

    __slots__ = ("places", "sources", "targets")

    def __init__(
        self,
        sources: list[Any] | None = None,
        targets: list[dict[str, Any]] | None = None,
        places: list[Place] | None = None,
    ) -> None:
        """The columns, which are as long as one another; none: no objects yet."""
        self.sources: list[Any] = [] if sources is None else sources
        self.targets: list[dict[str, Any]] = [] if targets is None else targets
        self.places: list[Place] = [] if places is None else places

    def add(self, source: object, target: dict[str, Any], place: Place) -> None:
        """One more."""
        self.sources.append(source)
        self.targets.append(target)
        self.places.append(place)


class Selection:
    """The fields of one object type, in the order of the document."""

    __slots__ = ("_keys", "_left", "_shaped", "fields", "shape")

    def __init__(
        self, fields: Sequence[FieldPlan], *, shape: Shape | None, shaped: frozenset[str]
    ) -> None:
        """`shaped` are the keys of the fields that `shape` reads."""
        self.fields = fields
        self.shape = shape
        self._keys = [field.facts.key for field in fields]
        self._shaped = [field for field in fields if field.facts.key in shaped]
        self._left = [field for field in fields if field.facts.key not in shaped]

    @property
    def is_left(self) -> bool:
        """Whether fields are left to be run for an object that has its shape."""
        return bool(self._left)

    def blank(self) -> dict[str, Any]:
        """An object with its keys in their order."""
        return dict.fromkeys(self._keys)

    def run(self, run: "Run", shaped: Objects, blank: Objects, pending: Pending) -> None:
        """Run what is left for objects that have their shape, and all fields of blank ones."""
        if not blank.sources:
            sources, targets, places = shaped.sources, shaped.targets, shaped.places
        elif self._left and shaped.sources:
            sources = shaped.sources + blank.sources
            targets = shaped.targets + blank.targets
            places = shaped.places + blank.places
        else:
            sources, targets, places = blank.sources, blank.targets, blank.places
        if sources:
            for field in self._left:
                field.run(run, sources, targets, places, pending)
        if blank.sources:
            for field in self._shaped:
                field.run(run, blank.sources, blank.targets, blank.places, pending)
