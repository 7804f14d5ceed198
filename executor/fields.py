"""One field of one object type in a plan: reads its values for many parents, and completes them."""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from executor.awaiting import Pending, finish, is_awaitable, settle, settled
from executor.cells import Cells
from executor.places import FieldFacts, Places, Spot, places_of_field

if TYPE_CHECKING:
    from executor.run import Run

Values: TypeAlias = list[Any]
"""What a field gave, one for each source: a value, something to await for it, or its error."""


class Reader(Protocol):
    """Where the values of a field come from."""

    def read(
        self, run: "Run", field: FieldFacts, sources: Sequence[Any], places: Places, /
    ) -> Values | Coroutine[Any, Any, Values]:
        """A value for each source, now or later; raises nothing that becomes an error."""
        ...


class Completer(Protocol):
    """Makes what goes out of values of one type."""

    @property
    def plain(self) -> type | None:
        """A class whose instances are never awaitable, and are mostly what comes."""
        ...

    def complete_ordinary(self, run: "Run", cells: Cells, pending: Pending, /) -> bool:
        """Do it all if the values are plain, and nothing in them unusual; otherwise nothing."""
        ...

    def complete(self, run: "Run", cells: Cells, pending: Pending, /) -> None:
        """Put what goes out for each value into its container, under the key of its place.

        None of the values is awaitable. What has to be awaited on the way goes to `pending`.
        """
        ...


class FieldPlan:
    """A field that is executed for all parents of a batch at once."""

    __slots__ = ("_completer", "_reader", "facts", "spot")

    def __init__(
        self, facts: FieldFacts, spot: Spot, *, reader: Reader, completer: Completer
    ) -> None:
        """`spot` is that of the field itself, not of the items of its lists."""
        self.facts = facts
        self.spot = spot
        self._reader = reader
        self._completer = completer

    def run(
        self,
        run: "Run",
        sources: Sequence[Any],
        targets: list[dict[str, Any]],
        around: Places | None,
        pending: Pending,
    ) -> None:
        """Put the field into each target; `around` are the places of the targets."""
        facts = self.facts
        places = places_of_field(around, self.spot)
        values = self._reader.read(run, facts, sources, places)
        if isinstance(values, list):
            cells = Cells(values, targets, places, key=facts.key)
            proceed(run, self._completer, cells, pending)
        else:
            run.hold([values])
            pending.append(self._later(run, values, targets, places))

    async def _later(
        self,
        run: "Run",
        values: Coroutine[Any, Any, Values],
        targets: list[dict[str, Any]],
        places: Places,
    ) -> None:
        pending: Pending = []
        cells = Cells(await values, targets, places, key=self.facts.key)
        proceed(run, self._completer, cells, pending)
        if pending:
            await finish(pending)


def proceed(run: "Run", completer: Completer, cells: Cells, pending: Pending) -> None:
    """Complete values, once all of them are there."""
    plain = completer.plain
    if type(cells.values[0]) is plain and completer.complete_ordinary(run, cells, pending):
        return
    awaited = _awaitable(run, cells, plain)
    if awaited:
        run.hold(cells.values)
        pending.append(_when_settled(run, completer, cells, awaited))
    else:
        completer.complete(run, cells, pending)


async def _when_settled(
    run: "Run", completer: Completer, cells: Cells, awaited: Sequence[int]
) -> None:
    values = cells.values
    if len(values) == 1:
        values[0] = await settled(values[0])
    else:
        await settle(values, awaited)
    pending: Pending = []
    completer.complete(run, cells, pending)
    if pending:
        await finish(pending)


def _awaitable(run: "Run", cells: Cells, plain: type | None) -> list[int]:
    """Where values are to be awaited. What cannot even be asked becomes an error."""
    values = cells.values
    try:
        return [
            index
            for index, value in enumerate(values)
            if type(value) is not plain and is_awaitable(value)
        ]
    except Exception:  # noqa: BLE001  it is found below which value it was
        return [index for index in range(len(values)) if _is_awaitable(run, cells, index)]


def _is_awaitable(run: "Run", cells: Cells, index: int) -> bool:
    try:
        return is_awaitable(cells.values[index])
    except Exception as error:  # noqa: BLE001  it becomes an error of the field
        cells.values[index] = error
        around, key, spot = cells.places.all()[index]
        if spot.ordinal is None and around is not None and isinstance(key, int):
            # graphql-core asks the items of a list as it goes through it, so the list breaks off.
            run.fail(around, error, after=key)
        return False
