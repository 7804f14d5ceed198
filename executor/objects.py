"""Completes objects of one type: by generated code where it takes them, by the rules otherwise."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect

from executor.awaiting import Pending, finish, is_awaitable, settle
from executor.cells import Cells, Collected, put
from executor.completion import present, put_error
from executor.info import ResolveInfo
from executor.places import Place, field_place, known_places
from executor.selection import Objects, Selection, run_ordinary

if TYPE_CHECKING:
    from executor.kinds import Function
    from executor.run import Run
    from executor.shaping import Shapes


class ObjectCompleter:
    """Objects of one type with one selection, which is made when the first of them comes."""

    def __init__(
        self,
        type_: GraphQLObjectType,
        *,
        plain: type | None,
        select: Callable[[], Selection | GraphQLError],
    ) -> None:
        """`select` gives the selection, or the error of collecting its fields."""
        self.plain = plain
        self._type = type_
        self._select = select
        self._known: Selection | GraphQLError | None = None

    def complete_ordinary(self, run: "Run", cells: Cells, pending: Pending) -> bool:
        """By generated code alone."""
        shapes = self._shapes()
        return shapes is not None and run_ordinary(run, shapes, cells, pending)

    def complete(self, run: "Run", cells: Cells, pending: Pending) -> None:
        """Put an object for each value, and run its fields."""
        shapes = self._shapes()
        if shapes is None:
            self._run(run, Objects(), self._of_this_type(run, cells, pending), pending)
        elif not run_ordinary(run, shapes, cells, pending):
            self._run_some(run, shapes, cells, pending)

    def _run_some(self, run: "Run", shapes: "Shapes", cells: Cells, pending: Pending) -> None:
        """The same where anything is unusual, or null."""
        there = Collected()
        for cell in present(run, cells):
            there.add(*cell)
        if not there.values:
            return
        if len(there.values) < len(cells.values) and run_ordinary(run, shapes, there, pending):
            return
        shaped, others = _shaped(shapes.flat, there)
        self._run(run, shaped, self._of_this_type(run, others, pending), pending)

    def _selection(self) -> Selection | GraphQLError:
        if self._known is None:
            self._known = self._select()
        return self._known

    def _shapes(self) -> "Shapes | None":
        selection = self._selection()
        return None if isinstance(selection, GraphQLError) else selection.shapes

    def _run(self, run: "Run", shaped: Objects, others: Cells, pending: Pending) -> None:
        """Run the selection for objects that have their shape, and for others of this type."""
        selection = self._selection()
        if isinstance(selection, GraphQLError):
            for _, container, place in others:
                put_error(run, container, place, selection)
        else:
            blank = Objects()
            for value, container, place in others:
                target = selection.blank()
                put(container, place, target)
                blank.add(value, target, place)
            selection.run(run, shaped, blank, pending)

    def _of_this_type(self, run: "Run", cells: Cells, pending: Pending) -> Cells:
        """The values that are of this type; when it has to wait for some, none: they come later."""
        found = Collected()
        verdicts: list[Any] = []
        for value, container, place in present(run, cells):
            try:
                verdicts.append(self._is_type_of(run, value, place))
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
            else:
                found.add(value, container, place)
        awaited = [index for index, verdict in enumerate(verdicts) if is_awaitable(verdict)]
        if not awaited:
            return self._accepted(run, found, verdicts)
        run.hold(verdicts)
        pending.append(self._when_known(run, found, verdicts, awaited))
        return Collected()

    def _is_type_of(self, run: "Run", value: object, place: Place) -> Any:  # noqa: ANN401
        """What the type says, or something to await for it."""
        if self._type.is_type_of is None:
            return True
        around = field_place(place)
        info: Any = ResolveInfo(run, around[2].field, known_places([around]))
        return self._type.is_type_of(value, info)

    async def _when_known(
        self, run: "Run", cells: Cells, verdicts: list[Any], awaited: Sequence[int]
    ) -> None:
        await settle(verdicts, awaited)
        pending: Pending = []
        self._run(run, Objects(), self._accepted(run, cells, verdicts), pending)
        if pending:
            await finish(pending)

    def _accepted(self, run: "Run", cells: Cells, verdicts: Sequence[object]) -> Cells:
        accepted = Collected()
        for (value, container, place), verdict in zip(cells, verdicts, strict=True):
            try:
                if isinstance(verdict, Exception):
                    raise verdict  # noqa: TRY301  as others do
                if not verdict:
                    raise _wrong_type(self._type, value, place)  # noqa: TRY301  as others do
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
            else:
                accepted.add(value, container, place)
        return accepted


def _wrong_type(type_: GraphQLObjectType, value: object, place: Place) -> GraphQLError:
    message = f"Expected value of type '{type_}' but got: {inspect(value)}."
    return GraphQLError(message, place[2].field.nodes)


def _shaped(shape: "Function", cells: Cells) -> tuple[Objects, Cells]:
    """Put what a shape takes; gives that, and the others, which the rules look at."""
    shaped, others = Objects(), Collected()
    for value, container, place in cells:
        try:
            target = shape(value)
        except Exception:  # noqa: BLE001  whatever is wrong, if anything is, comes out again
            others.add(value, container, place)
        else:
            put(container, place, target)
            shaped.add(value, target, place)
    return shaped, others
