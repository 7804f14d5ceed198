"""Strawberry's resolvers, called without the layers that it makes for fields of every kind.

Between a field without extensions and its resolver Strawberry's layers do nothing but convert the
arguments. A field for which that is not certain is left to them.
"""

from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import GraphQLField
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from executor.ordinary import calls_nothing_but_its_resolver
from executor.places import FieldFacts, Places
from executor.strawberry_arguments import StrawberryArguments

if TYPE_CHECKING:
    from executor.fields import Values
    from executor.run import Run


def plain_resolver(
    definition: GraphQLField, field: StrawberryField, schema: strawberry.Schema
) -> StrawberryResolver[Any] | None:
    """The resolver of a field between which and the field nothing stands."""
    if field.extensions or schema.schema_converter.exception_handlers:
        return None
    return field.base_resolver if calls_nothing_but_its_resolver(definition) else None


class StrawberryReader:
    """Calls a resolver for each parent."""

    def __init__(self, resolver: StrawberryResolver[Any], arguments: StrawberryArguments) -> None:
        """`arguments` are those of the field in the document."""
        function = resolver.wrapped_func
        # Of anything else Strawberry asks each time whether it can be called.
        self._resolve: Callable[..., Any] = (
            function if isinstance(function, FunctionType | MethodType) else resolver
        )
        self._arguments = arguments
        self._takes_self = resolver.self_parameter is not None
        parents = (resolver.parent_parameter, resolver.root_parameter)
        self._parents = [parameter.name for parameter in parents if parameter]
        self._info = resolver.info_parameter.name if resolver.info_parameter else None

    def read(
        self, run: "Run", field: FieldFacts, sources: Sequence[Any], places: Places
    ) -> "Values":
        """What the resolver returns or raises."""
        values: list[Any] = []
        for index, source in enumerate(sources):
            try:
                info = self._arguments.info(run, field, places, index)
                values.append(self._called(run, field, source, info))
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                values.append(error)
        return values

    def _called(
        self,
        run: "Run",
        field: FieldFacts,
        source: Any,  # noqa: ANN401  a parent
        info: strawberry.Info[Any, Any],
    ) -> object:
        given = dict(self._arguments.values(run, field, info))
        for name in self._parents:
            given[name] = source
        if self._info is not None:
            given[self._info] = info
        return self._resolve(source, **given) if self._takes_self else self._resolve(**given)
