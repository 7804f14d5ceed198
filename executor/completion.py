"""Completes values of leaf types, and what all types do with nulls and errors.

This is the general way, by graphql-core's rules, for whatever generated code (`shapes.py`) does not
take: values of unusual classes, nulls where none may be, errors, awaitables.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graphql import Executor, GraphQLLeafType, Undefined

from executor.awaiting import Pending
from executor.cells import Cell, Cells, Container, put
from executor.places import Place

if TYPE_CHECKING:
    from executor.run import Run


def present(run: "Run", cells: Cells) -> Iterator[Cell]:
    """The values that are neither null nor errors; for the others, all is done."""
    for cell in cells:
        value, container, place = cell
        try:
            failed = isinstance(value, Exception)
        except Exception as error:  # noqa: BLE001  it becomes an error of the field
            failed, value = True, error
        if failed:
            put_error(run, container, place, value)
        elif value is None or value is Undefined:
            put_null(run, container, place)
        else:
            yield cell


def put_null(run: "Run", container: Container, place: Place) -> None:
    """Put null into a container, which is an error where null may not be."""
    put(container, place, None)
    spot = place[2]
    if not spot.nullable:
        field = spot.field
        message = f"Cannot return null for non-nullable field {field.parent_type}.{field.name}."
        run.fail(place, TypeError(message))


def put_error(
    run: "Run", container: Container, place: Place, error: Exception, *, after: int | None = None
) -> None:
    """Put null in place of what failed; `after` so many items, when a list broke off."""
    put(container, place, None)
    run.fail(place, error, after=after)


class LeafCompleter:
    """Scalars and enums."""

    plain = None

    def __init__(self, type_: GraphQLLeafType) -> None:
        """`type_` serializes values."""
        self._type = type_

    def complete_ordinary(self, _run: "Run", _cells: Cells, _pending: Pending) -> bool:
        """There is no generated code for them."""
        return False

    def complete(self, run: "Run", cells: Cells, _pending: Pending) -> None:
        """Serialize each value."""
        for value, container, place in present(run, cells):
            try:
                serialized = Executor.complete_leaf_value(self._type, value)
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
            else:
                put(container, place, serialized)
