"""Fields that offer a batch form: one call for all parents.

A Strawberry field declares it in its metadata:

    @strawberry.field(metadata={"batch": last_messages})
    async def last_message(self, info: Info) -> Message | None: ...

    async def last_messages(parents, info, **arguments) -> Sequence[Message | None | Exception]: ...

It returns a value for each parent, in their order; an exception fails that parent's field only, and
one that is raised fails the field of all of them. `info` is Strawberry's; its path is that of the
first parent. Arguments come as the resolver would get them; those that were not given are left out.
The resolver must give the same values: it is what runs where there is no plan.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.types.field import StrawberryField

from executor.awaiting import is_awaitable, settled
from executor.places import FieldFacts, Places
from executor.strawberry_arguments import StrawberryArguments

if TYPE_CHECKING:
    from executor.fields import Values
    from executor.run import Run

BATCH = "batch"


def batch_form(field: StrawberryField, schema: strawberry.Schema) -> Callable[..., Any] | None:
    """The batch form of a field, if it has one that may be used.

    Where extensions stand between a field and its resolver (permissions are some), or handlers of
    exceptions, only the resolver is called: they know nothing of batches.
    """
    if field.extensions or schema.schema_converter.exception_handlers:
        return None
    return field.metadata.get(BATCH)


class BatchReader:
    """Calls the batch form of a field."""

    def __init__(self, batch: Callable[..., Any], arguments: StrawberryArguments) -> None:
        """`arguments` are those of the field that `batch` belongs to."""
        self._batch = batch
        self._arguments = arguments

    def read(
        self, run: "Run", field: FieldFacts, sources: Sequence[Any], places: Places
    ) -> "Values | Coroutine[Any, Any, Values]":
        """A value for each source."""
        try:
            result = self._called(run, field, sources, places)
        except Exception as error:  # noqa: BLE001  it becomes an error of the field
            return [error] * len(sources)
        if is_awaitable(result):
            run.hold([result])
            return _awaited(result, len(sources))
        return _spread(result, len(sources))

    def _called(
        self, run: "Run", facts: FieldFacts, sources: Sequence[Any], places: Places
    ) -> object:
        info = self._arguments.info(run, facts, places)
        return self._batch(sources, info, **self._arguments.values(run, facts, info))


async def _awaited(result: Any, count: int) -> "Values":  # noqa: ANN401  anything awaitable
    return _spread(await settled(result), count)


def _spread(result: Any, count: int) -> "Values":  # noqa: ANN401  what the batch form gave
    if isinstance(result, Exception):
        return [result] * count
    try:
        values = list(result)
    except Exception as error:  # noqa: BLE001  it becomes an error of the field
        return [error] * count
    if len(values) != count:
        wrong = ValueError(f"A batch form gave {len(values)} values for {count} parents.")
        return [wrong] * count
    return values
