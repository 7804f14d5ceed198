"""Arguments that many fields share."""

from typing import Annotated, NamedTuple

import strawberry

First = Annotated[
    int | None,
    strawberry.argument(description="How many items from the start: 1 to 100, 20 by default."),
]
After = Annotated[
    str | None, strawberry.argument(description="A cursor: only items that follow it.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many items from the end: 1 to 100. Not with first."),
]
Before = Annotated[
    str | None, strawberry.argument(description="A cursor: only items that come before it.")
]


class PageArguments(NamedTuple):
    """Which page is asked for."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
