"""@skip and @include: decided for each execution, and a plan for each decision."""

from itertools import product
from typing import Any

import pytest
from graphql import build_schema, parse

from executor.plan import VARIANTS, compile_plan
from tests.executor.checking import same

SDL = "type Query { a: String b: String nest: Query list: [Query] }"
ROOT: dict[str, Any] = {"a": "A", "b": "B", "nest": {"a": "C"}, "list": [{"b": "D"}, None]}
FLAGS = (("true", "false"), ("true", "false"))


@pytest.mark.parametrize(("skip", "include"), list(product(*FLAGS)))
@pytest.mark.parametrize(
    "text",
    [
        "{ a b @skip(if: S) @include(if: I) }",
        "{ a ... @skip(if: S) @include(if: I) { b } }",
        "{ a ...F @skip(if: S) @include(if: I) } fragment F on Query { b nest { a } }",
        "{ nest { a @skip(if: S) b @include(if: I) } list @include(if: I) { b } }",
        "{ nest @skip(if: S) { a } nest @include(if: I) { b } }",
        "{ a @skip(if: S) @include(if: I) }",
    ],
)
async def test_both_must_agree_for_a_selection_to_be_there(
    text: str, skip: str, include: str
) -> None:
    await same(SDL, text.replace("S)", f"{skip})").replace("I)", f"{include})"), ROOT)
    by_variables = text.replace("S)", "$s)").replace("I)", "$i)")
    given = [("s", skip), ("i", include)]
    used = [(name, flag) for name, flag in given if f"${name})" in by_variables]
    declared = ", ".join(f"${name}: Boolean!" for name, _ in used)
    variables = {name: flag == "true" for name, flag in used}
    await same(SDL, f"query ({declared}) {by_variables}", ROOT, variables)


async def test_a_condition_that_cannot_be_decided_is_an_error_where_it_stands() -> None:
    text = "query ($f: Boolean = true) { a nest { a b @skip(if: $f) } list { b @include(if: $f) } }"
    result = await same(SDL, text, ROOT, {"f": None})
    assert result.data == {"a": "A", "nest": None, "list": [None, None]}
    result = await same(SDL, "query ($f: Boolean = true) { a @skip(if: $f) }", ROOT, {"f": None})
    assert result.data is None
    await same(SDL, text, ROOT, {"f": False})
    await same(SDL, text, ROOT)


async def test_a_plan_remembers_only_so_many_sets_of_decisions() -> None:
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    selected = " ".join(f"{name}: a @include(if: ${name})" for name in names)
    plan = compile_plan(build_schema(SDL), parse(f"query ({declared}) {{ {selected} }}"))
    for flags in product((True, False), repeat=len(names)):
        variables = dict(zip(names, flags, strict=True))
        result = await plan.execute(ROOT, None, variables)
        assert result.data == {name: "A" for name in names if variables[name]}
    assert plan.variants == VARIANTS
