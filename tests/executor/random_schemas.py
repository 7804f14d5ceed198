"""Schemas of graphql-core with every kind of type, made up from a seed, that answer at random."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
    assert_valid_schema,
)

from tests.executor.comparing import Timing
from tests.executor.random_values import Draw, Later, PlannedError, Source, raised

Info = GraphQLResolveInfo[Timing]


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise PlannedError("no moment")
    return value.isoformat()


def _odd(value: object) -> object:
    if value == "fails":
        raise PlannedError("an odd value")
    return {"none": None, "undefined": Undefined}.get(str(value), [str(value)])


COLOR = GraphQLEnumType(
    "Color",
    {"RED": GraphQLEnumValue(1), "GREEN": GraphQLEnumValue((2,)), "BLUE": GraphQLEnumValue("blau")},
)
LEAVES: tuple[Any, ...] = (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    COLOR,
    GraphQLScalarType("Moment", coerce_output_value=_moment),
    GraphQLScalarType("Odd", coerce_output_value=_odd),
)
FILTER: GraphQLInputObjectType = GraphQLInputObjectType(
    "Filter",
    lambda: {
        "number": GraphQLInputField(GraphQLInt, default_value=3),
        "text": GraphQLInputField(GraphQLNonNull(GraphQLString), out_name="words"),
        "inner": GraphQLInputField(FILTER),
        "list": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLInt)), default_value=[1, 2]),
        "color": GraphQLInputField(COLOR, default_value="blau"),
    },
)
INPUTS: tuple[GraphQLInputType, ...] = (
    GraphQLInt,
    GraphQLNonNull(GraphQLString),
    GraphQLList(GraphQLFloat),
    COLOR,
    FILTER,
    GraphQLList(GraphQLList(GraphQLBoolean)),
)


def random_schema(seed: int) -> GraphQLSchema:
    """A schema: Ant, Bee and Cow, what they have in common, and their unions."""
    return _SchemaMaker(seed).schema


class _SchemaMaker:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  chance is wanted, not secrecy
        self._fields: dict[str, dict[str, GraphQLField]] = {}
        self._creature = GraphQLInterfaceType("Creature", lambda: self._fields["Creature"])
        self._insect = GraphQLInterfaceType(
            "Insect", lambda: self._fields["Insect"], interfaces=[self._creature]
        )
        both = [self._creature, self._insect]
        self._objects = [self._object("Ant", both), self._object("Bee", both)]
        self._objects.append(self._object("Cow", [self._creature]))
        self._unions = [
            GraphQLUnionType("AntOrBee", self._objects[:2], resolve_type=self._type_resolver()),
            GraphQLUnionType("BeeOrCow", self._objects[1:]),
        ]
        for interface in both:
            interface.resolve_type = self._type_resolver()
        common = self._some_fields("c", 4)
        of_insects = common | self._some_fields("i", 4)
        self._fields["Creature"] = common
        self._fields["Insect"] = of_insects
        for one in self._objects:
            inherited = common if one.name == "Cow" else of_insects
            self._fields[one.name] = {
                name: GraphQLField(field.type, field.args, resolve=self._resolver(field.type))
                for name, field in inherited.items()
            } | self._some_fields(one.name.lower(), 6)
        query = GraphQLObjectType("Query", self._some_fields("q", 8))
        mutation = GraphQLObjectType("Mutation", self._some_fields("m", 5))
        self.schema = GraphQLSchema(query, mutation, types=self._objects)
        assert_valid_schema(self.schema)

    def _object(self, name: str, interfaces: list[GraphQLInterfaceType]) -> GraphQLObjectType:
        return GraphQLObjectType(
            name,
            lambda: self._fields[name],
            interfaces=interfaces,
            is_type_of=self._is_type_of(name),
        )

    def _some_fields(self, prefix: str, count: int) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        for number in range(count):
            type_ = self._type()
            arguments = {
                f"a{index}": self._argument() for index in range(self._random.choice((0, 0, 1, 2)))
            }
            fields[f"{prefix}{number}"] = GraphQLField(
                type_, arguments, resolve=self._resolver(type_)
            )
        return fields

    def _type(self) -> GraphQLOutputType:
        composite = [*self._objects, *self._unions, self._creature, self._insect]
        type_: Any = self._random.choice(composite if self._random.random() < 0.6 else list(LEAVES))
        for _ in range(self._random.choice((0, 0, 0, 1, 1, 2))):
            type_ = GraphQLList(self._perhaps_non_null(type_))
        return cast("GraphQLOutputType", self._perhaps_non_null(type_))

    def _perhaps_non_null(self, type_: Any) -> Any:  # noqa: ANN401  any kind of type
        return GraphQLNonNull(type_) if self._random.random() < 0.4 else type_

    def _argument(self) -> GraphQLArgument:
        type_ = self._random.choice(INPUTS)
        if type_ is GraphQLInt and self._random.random() < 0.5:
            return GraphQLArgument(type_, default_value=7, out_name="renamed")
        return GraphQLArgument(type_)

    def _resolver(self, type_: GraphQLOutputType) -> Callable[..., Any]:
        """A resolver; now and then it is an asynchronous function, in executions that await."""
        is_async = self._random.random() < 0.3

        def resolve(source: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401
            if not isinstance(source, Source):
                raise PlannedError("no source")
            place = f"{info.field_name}{sorted(arguments.items())}"
            drawn = Draw(info.schema, source, place).value(type_)
            if is_async and source.awaiting:
                return info.context.kept(_coroutine(drawn))
            return raised(drawn)

        return resolve

    def _is_type_of(self, name: str) -> Callable[..., Any] | None:
        """Whether a source is of this type; sometimes that is only known later."""
        if self._random.random() < 0.3:
            return None
        waits = self._random.random() < 0.3

        def is_type_of(source: object, info: Info) -> Any:  # noqa: ANN401
            verdict = isinstance(source, Source) and source.kind == name
            if waits and info.context.awaiting:
                return Later(lambda: verdict, 1)
            return verdict

        return is_type_of

    def _type_resolver(self) -> Callable[..., Any] | None:
        kind = self._random.randrange(3)
        if kind == 0:
            return None

        def resolve_type(source: object, info: Info, _type: object) -> Any:  # noqa: ANN401
            if not isinstance(source, Source):
                raise PlannedError("no source")
            name = None if source.seed.endswith("7") else source.kind
            if kind == 2 and info.context.awaiting:
                return Later(lambda: name, 2)
            return name

        return resolve_type


async def _coroutine(drawn: Any) -> Any:  # noqa: ANN401  whatever was drawn
    await Later(lambda: None, 1)
    value = raised(drawn)
    return await value if isinstance(value, Later) else value
