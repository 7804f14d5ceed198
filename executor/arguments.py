"""Arguments of fields: coerced once where that makes no difference to anybody.

The rules are graphql-core's, by its own functions. Values that a resolver could change are coerced
anew for each call, as graphql-core does.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import get_argument_values
from graphql.execution.values import VariableValues

from executor.places import FieldFacts

_UNCHANGING = frozenset({bool, date, datetime, Decimal, float, int, str, time, type(None), UUID})


class Arguments:
    """The arguments of a field with certain variables."""

    __slots__ = ("_field", "_shared", "_variables")

    def __init__(self, field: FieldFacts, variables: VariableValues | None) -> None:
        """Coerce them, and keep what may be shared. An error comes when they are asked for."""
        self._field = field
        self._variables = variables
        self._shared: dict[str, Any] | None = None
        try:
            values = self._coerced()
        except Exception:  # noqa: BLE001  it is told where it belongs: by each call
            return
        if all_unchanging(values):
            self._shared = values

    def values(self) -> dict[str, Any]:
        """The arguments of one call. Raises what coercing them raises."""
        return self._coerced() if self._shared is None else self._shared

    def _coerced(self) -> dict[str, Any]:
        field = self._field
        if not (field.definition.args or field.nodes[0].arguments):
            return {}
        return get_argument_values(field.definition, field.nodes[0], self._variables)


def all_unchanging(values: Mapping[str, Any]) -> bool:
    """Whether values are of kinds that no resolver can change."""
    return all(map(_is_unchanging, values.values()))


def _is_unchanging(value: object) -> bool:
    return type(value) in _UNCHANGING or isinstance(value, Enum)
