"""Which events are answered by what can be read off them."""

from collections.abc import AsyncGenerator

import pytest
import strawberry
from graphql import parse

from executor.plan import compile_plan


@strawberry.type
class Text:
    """Read off."""

    content: str

    @strawberry.field
    def length(self) -> int:
        """By a resolver."""
        return len(self.content)


@strawberry.type
class Event:
    """Read off."""

    text: Text
    texts: list[Text]


@strawberry.type
class Query:
    """A schema needs one."""

    one: int = 1


@strawberry.type
class Subscription:
    """A stream."""

    @strawberry.subscription
    async def events(self) -> AsyncGenerator[Event, None]:
        """One event."""
        yield Event(text=Text(content="a"), texts=[])


SCHEMA = strawberry.Schema(query=Query, subscription=Subscription)._schema  # noqa: SLF001  Strawberry offers no other way


@pytest.mark.parametrize(
    ("selected", "only_reads"),
    [
        ("text { content }", True),
        ("__typename text { ... on Text { content __typename } } texts { ...F }", True),
        ("texts { content length }", False),
        ("text { ... on Text { length @skip(if: true) } }", False),
        ("text { ...G }", False),
    ],
)
def test_an_event_is_only_read_where_no_field_below_the_root_has_a_resolver(
    selected: str, *, only_reads: bool
) -> None:
    fragments = "fragment F on Text { content }"
    if "...G" in selected:
        fragments = "fragment G on Text { length }"
    elif "...F" not in selected:
        fragments = ""
    document = parse(f"subscription {{ events {{ {selected} }} }} {fragments}")
    assert compile_plan(SCHEMA, document).only_reads is only_reads
