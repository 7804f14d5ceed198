"""The errors of one execution, in one order that no timing changes, and the nulls they make.

The order, and which errors are told at all, is that of graphql-core when nothing has to be awaited:
values are completed in the order of the document, depth first; an error at a place that must not be
null makes its nearest nullable ancestor null, and nothing after it in there is executed. Since a
plan runs breadth first, it executes and finds more. What graphql-core would not have come to is
left out here, at the end.
"""

from typing import Any, NamedTuple

from graphql import GraphQLError

from executor.places import Place, nulled_by_error, order_of, path_of


class Failure(NamedTuple):
    """An error and where it happened.

    `after` is set when a list broke off: it is the index of the item that did not come.
    """

    place: Place
    error: GraphQLError
    after: int | None = None

    @property
    def order(self) -> list[int]:
        """Sorts failures as graphql-core comes upon them."""
        order = order_of(self.place)
        return order if self.after is None else [*order, self.after]


def settled(
    data: dict[str, Any], failures: list[Failure]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The data with the nulls that the failures make, and the errors that are told."""
    told: list[GraphQLError] = []
    nulled: list[str | int] | None = None
    whole: dict[str, Any] | None = data
    for failure in sorted(failures, key=lambda failure: failure.order):
        # What lies in one place is sorted together, so only the last null can lie around this.
        if nulled is not None and path_of(failure.place)[: len(nulled)] == nulled:
            continue
        told.append(failure.error)
        nulled = nulled_by_error(failure.place)
        whole = _with_null(whole, nulled)
    return whole, told


def _with_null(data: dict[str, Any] | None, path: list[str | int]) -> dict[str, Any] | None:
    if not path:
        return None
    inside: Any = data
    for key in path[:-1]:
        if inside is None:
            return data
        inside = inside[key]
    if inside is not None:
        inside[path[-1]] = None
    return data
