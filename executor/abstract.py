"""Completes values of interfaces and unions: finds the type of each, and goes on by types."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLSchema, default_type_resolver

from executor.awaiting import Pending, finish, is_awaitable, settle
from executor.cells import Cells, Collected, Container
from executor.completion import present, put_error
from executor.fields import Completer
from executor.info import ResolveInfo
from executor.ordinary import CAST
from executor.places import Place, field_place, known_places
from executor.runtime_types import valid_type

if TYPE_CHECKING:
    from executor.run import Run

_Groups: TypeAlias = dict[GraphQLObjectType, Collected]


class AbstractCompleter:
    """Values of one interface or union."""

    plain = None

    def __init__(
        self,
        type_: GraphQLAbstractType,
        schema: GraphQLSchema,
        completer: Callable[[GraphQLObjectType], Completer],
        *,
        known: Mapping[type, GraphQLObjectType],
    ) -> None:
        """`completer` is asked once for each type; `known` are types by classes of values."""
        self._type = type_
        self._schema = schema
        self._completer = completer
        self._completers: dict[GraphQLObjectType, Completer] = {}
        self._resolve = type_.resolve_type or default_type_resolver
        self._known = known

    def complete_ordinary(self, run: "Run", cells: Cells, pending: Pending) -> bool:
        """By the generated code of one type, where all values are of that."""
        values = cells.values
        class_ = type(values[0]) if values else None
        known = self._known.get(class_) if class_ else None
        if known is None:
            return False
        for value in values:
            if type(value) is not class_ or getattr(value, CAST, None) is not None:
                return False
        return self._completer_of(known).complete_ordinary(run, cells, pending)

    def complete(self, run: "Run", cells: Cells, pending: Pending) -> None:
        """Put an object of its own type for each value, and run its fields."""
        if not self.complete_ordinary(run, cells, pending):
            self._complete_each(run, cells, pending)

    def _complete_each(self, run: "Run", cells: Cells, pending: Pending) -> None:
        groups: _Groups = {}
        asked = Collected()
        names: list[Any] = []
        for value, container, place in present(run, cells):
            known = self._known.get(type(value))
            if known is not None and getattr(value, CAST, None) is None:
                _add(groups, known, value, container, place)
                continue
            try:
                names.append(self._named(run, value, place))
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
            else:
                asked.add(value, container, place)
        awaited = [index for index, name in enumerate(names) if is_awaitable(name)]
        if awaited:
            run.hold(names)
            pending.append(self._when_known(run, asked, names, awaited))
        else:
            self._sort(run, asked, names, groups)
        self._run(run, groups, pending)

    async def _when_known(
        self, run: "Run", cells: Cells, names: list[Any], awaited: Sequence[int]
    ) -> None:
        await settle(names, awaited)
        groups: _Groups = {}
        self._sort(run, cells, names, groups)
        pending: Pending = []
        self._run(run, groups, pending)
        if pending:
            await finish(pending)

    def _named(self, run: "Run", value: Any, place: Place) -> Any:  # noqa: ANN401
        """The name of a value's type, or something to await for it."""
        around = field_place(place)
        info: Any = ResolveInfo(run, around[2].field, known_places([around]))
        return self._resolve(value, info, self._type)

    def _sort(self, run: "Run", cells: Cells, names: Sequence[Any], groups: _Groups) -> None:
        for (value, container, place), name in zip(cells, names, strict=True):
            field = place[2].field
            try:
                type_ = valid_type(name, value, self._type, field, self._schema)
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                put_error(run, container, place, error)
            else:
                _add(groups, type_, value, container, place)

    def _run(self, run: "Run", groups: _Groups, pending: Pending) -> None:
        for type_, cells in groups.items():
            self._completer_of(type_).complete(run, cells, pending)

    def _completer_of(self, type_: GraphQLObjectType) -> Completer:
        completer = self._completers.get(type_)
        if completer is None:
            completer = self._completers[type_] = self._completer(type_)
        return completer


def _add(
    groups: _Groups, type_: GraphQLObjectType, value: object, container: Container, place: Place
) -> None:
    if type_ not in groups:
        groups[type_] = Collected()
    groups[type_].add(value, container, place)
