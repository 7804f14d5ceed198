"""The schema as it is exported: described throughout, locked, and what the contract says."""

from pathlib import Path

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from chat import error_codes, records
from resolvers.graphql_schema import core_schema, graphql_schema
from schema import enums

EXPORTED = Path(__file__).parent.parent / "schema" / "schema.graphql"


def test_the_exported_schema_is_the_one_that_is_served() -> None:
    """Run `parley schema export > schema/schema.graphql` after a change that you meant."""
    assert graphql_schema().as_str() + "\n" == EXPORTED.read_text(encoding="utf-8")


def test_every_type_field_and_argument_has_a_description() -> None:
    missing: list[str] = []
    for name, type_ in core_schema().type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description:
            missing.append(name)
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            for key, field in type_.fields.items():
                if not field.description:
                    missing.append(f"{name}.{key}")
                missing += [
                    f"{name}.{key}({argument})"
                    for argument, definition in field.args.items()
                    if not definition.description
                ]
        if isinstance(type_, GraphQLInputObjectType):
            missing += [
                f"{name}.{key}" for key, field in type_.fields.items() if not field.description
            ]
    assert missing == []


def test_the_enums_on_the_wire_are_those_of_the_records() -> None:
    for wire, stored in (
        (enums.UserRole, records.UserRole),
        (enums.Role, records.Role),
        (enums.MessageStatus, records.MessageStatus),
        (enums.RunStatus, records.RunStatus),
        (enums.BranchKind, records.BranchKind),
        (enums.UsageSource, records.UsageSource),
        (enums.ErrorCode, error_codes.ErrorCode),
    ):
        assert [one.name for one in wire] == [one.name for one in stored]
