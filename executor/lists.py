"""Completes lists: the items of all lists of a batch together."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError
from graphql.pyutils import is_iterable

from executor.awaiting import Pending, finish, settled
from executor.cells import Cells, Collected, Container, put
from executor.completion import present, put_error
from executor.fields import Completer, proceed
from executor.places import Place, Spot, field_place

if TYPE_CHECKING:
    from executor.run import Run


class ListCompleter:
    """Lists of one type of item. An asynchronous iterator is a list once it has given all."""

    plain = list

    def __init__(self, item: Completer, spot: Spot) -> None:
        """`spot` is that of the items."""
        self._item = item
        self._spot = spot

    def complete_ordinary(self, _run: "Run", _cells: Cells, _pending: Pending) -> bool:
        """There is no generated code for them."""
        return False

    def complete(self, run: "Run", cells: Cells, pending: Pending) -> None:
        """Put a list for each value, and complete what is in them."""
        items = Collected()
        for value, container, place in present(run, cells):
            try:
                is_async = hasattr(value, "__aiter__")
                if not is_async and not is_iterable(value):
                    raise _no_iterable(place)  # noqa: TRY301  as whatever else is wrong with it
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
                continue
            if is_async:
                later = self._collected(run, value, container, place)
                run.hold([later])
                pending.append(later)
            else:
                self._add(run, items, value, (container, place))
        self._proceed(run, items, pending)

    def _proceed(self, run: "Run", items: Collected, pending: Pending) -> None:
        if items.values:
            proceed(run, self._item, items, pending)

    def _add(
        self,
        run: "Run",
        items: Collected,
        value: Iterable[Any],
        at: tuple[Container, Place],
    ) -> None:
        """Put a list of nulls, and take what comes in their places."""
        container, place = at
        made: list[Any] = []
        put(container, place, made)
        come: list[Any] = []
        try:
            for item in value:
                come.append(item)  # noqa: PERF402  what came before an error counts
        except Exception as error:  # noqa: BLE001  it becomes an error of the field
            put_error(run, container, place, error, after=len(come))
        made.extend([None] * len(come))
        items.add_items(come, made, place, self._spot)

    async def _collected(
        self,
        run: "Run",
        value: Any,  # noqa: ANN401  an asynchronous iterable
        container: Container,
        place: Place,
    ) -> None:
        come: list[Any] = []
        error = await settled(_gather(value, come))
        items = Collected()
        self._add(run, items, come, (container, place))
        if error is not None:
            put_error(run, container, place, error, after=len(come))
        pending: Pending = []
        self._proceed(run, items, pending)
        if pending:
            await finish(pending)


async def _gather(value: Any, items: list[Any]) -> None:  # noqa: ANN401  an asynchronous iterable
    """Put what comes into `items`; when it breaks off, close it, as graphql-core does."""
    iterator = aiter(value)
    try:
        async for item in iterator:
            items.append(item)  # noqa: PERF401  what came before an error counts
    except Exception:
        if hasattr(iterator, "aclose"):
            await settled(iterator.aclose())
        raise


def _no_iterable(place: Place) -> GraphQLError:
    field = field_place(place)[2].field
    return GraphQLError(
        f"Expected Iterable, but did not find one for field '{field.parent_type}.{field.name}'."
    )
