"""Inputs that are built at once are what Strawberry would have built."""

import pytest
from strawberry.types import get_object_definition
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from resolvers.graphql_schema import graphql_schema
from schema.inputs import EditMessageInput, OnBusy, RegenerateReplyInput, SendMessageInput

PLAIN = [SendMessageInput, EditMessageInput, RegenerateReplyInput]


@pytest.mark.parametrize(
    ("input_type", "values"),
    [
        (SendMessageInput, {"content": "Hi"}),
        (SendMessageInput, {"content": "Hi", "conversationId": "c", "maxTokens": None}),
        (SendMessageInput, {"content": "Hi", "onBusy": OnBusy.ENQUEUE, "wait": False}),
        (EditMessageInput, {"messageId": "m", "content": "Hi", "temperature": 0.5}),
        (RegenerateReplyInput, {"messageId": "m", "idempotencyKey": "k", "model": "x"}),
    ],
)
def test_an_input_is_what_strawberry_builds(
    input_type: type, values: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    converter = graphql_schema().schema_converter
    built = convert_argument(values, input_type, converter.scalar_registry, converter.config)
    monkeypatch.setattr(get_object_definition(input_type), "from_input", None)
    expected = convert_argument(values, input_type, converter.scalar_registry, converter.config)
    assert built == expected
    assert type(built) is input_type


@pytest.mark.parametrize("input_type", PLAIN)
def test_none_of_them_has_a_field_that_needs_more_than_its_value(input_type: type) -> None:
    for field in get_object_definition(input_type, strict=True).fields:
        kind = field.resolve_type()
        inner = kind.of_type if isinstance(kind, StrawberryOptional) else kind
        leaf = isinstance(inner, StrawberryEnumDefinition) or get_object_definition(inner) is None
        assert leaf, field.python_name
