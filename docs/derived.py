"""The pages that are derived: the reference from the program, the recipes from examples/.

Plain functions from what is there to Markdown; `docs/conf.py` writes it. Nothing here serves.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from chat.error_codes import CATALOGUE, CatalogueEntry, ErrorCode
from settings import Settings

Variables = Sequence[tuple[str, str, str]]

_ROOTS = ("Query", "Mutation", "Subscription")
_ROOT_TITLES = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}
_KINDS: tuple[tuple[str, type[GraphQLNamedType]], ...] = (
    ("Objects", GraphQLObjectType),
    ("Interfaces", GraphQLInterfaceType),
    ("Unions", GraphQLUnionType),
    ("Inputs", GraphQLInputObjectType),
    ("Enums", GraphQLEnumType),
)
_SETTINGS = """
Environment variables, or lines of a file `.env`. Lists are written with commas; an empty value
counts as none. A wrong value stops the start with one clear line. `parley --help` prints the same
list.
""".strip()
_ERRORS = """
Every error has `extensions.code`, one of these, and `extensions.retryable`: whether the same once
more may work. Some errors say something more exact than the sentence here, and some know better
whether they may pass; `retryable` of the error itself is what counts.
[Clients](../clients.md#errors) tells what else stands in `extensions`.
""".strip()
_RECIPES = re.compile(r"\]\((?:\.\./)+examples/README\.md\)")
_PICTURE = re.compile(r"<!-- screenshot: (\S+) (.+?) -->")


def pages(root: Path) -> dict[str, str]:
    """Every derived page, by its path in docs/."""
    schema = (root / "schema" / "schema.graphql").read_text(encoding="utf-8")
    return {
        "reference/schema.md": schema_page(build_schema(schema)),
        "reference/settings.md": settings_page(Settings.variables()),
        "reference/errors.md": errors_page(CATALOGUE, build_schema(schema)),
        **recipe_pages(root / "examples"),
    }


def schema_page(schema: GraphQLSchema) -> str:
    """Everything that can be asked, and every type."""
    parts = [
        "# Schema",
        "Made from [schema.graphql](../../schema/schema.graphql), which is the contract.",
    ]
    for name in _ROOTS:
        root = cast("GraphQLObjectType", schema.type_map[name])
        parts.append(f"## {_ROOT_TITLES[name]}")
        for field_name, field in root.fields.items():
            parts += [
                f"### {field_name}",
                f"{_text(field.description)}\n\nAnswers {_link(schema, str(field.type))}.",
                _arguments(schema, field.args),
            ]
    for title, kind in _KINDS:
        found = [one for one in _own_types(schema) if isinstance(one, kind)]
        parts.append(f"## {title}")
        for one in found:
            parts += [f"({_target(one.name)})=\n### {one.name}", _text(one.description)]
            parts.append(_members(schema, one))
    return "\n\n".join(filter(None, parts)) + "\n"


def settings_page(variables: Variables) -> str:
    """Every environment variable."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {_text(description)} |"
        for name, default, description in variables
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            _SETTINGS,
            "",
            "| variable | default | what it is for |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def errors_page(catalogue: Mapping[ErrorCode, CatalogueEntry], schema: GraphQLSchema) -> str:
    """Every code of an error."""
    codes = cast("GraphQLEnumType", schema.type_map["ErrorCode"])
    rows = [
        f"| `{code}` | {_text(codes.values[code].description)} | {entry.sentence} | "
        f"{'yes' if entry.retryable else 'no'} |"
        for code, entry in catalogue.items()
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            _ERRORS,
            "",
            "| code | when | what people see | may pass |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def recipe_pages(examples: Path) -> dict[str, str]:
    """The pages of examples/; what they point to can be fetched from the site."""
    found: dict[str, str] = {}
    for path in sorted(examples.rglob("*.md")):
        relative = path.relative_to(examples)
        folder = "" if len(relative.parts) == 1 else f"{relative.parts[0]}"
        name = folder or ("index" if path.name == "README.md" else path.stem)
        found[f"recipes/{name}.md"] = _relinked(path.read_text(encoding="utf-8"), folder)
    table = found["recipes/index.md"]
    others = "\n".join(sorted(Path(name).stem for name in found if name != "recipes/index.md"))
    found["recipes/index.md"] = f"{table}\n```{{toctree}}\n:hidden:\n\n{others}\n```\n"
    return found


def as_on_the_site(root: Path, text: str) -> str:
    """A page's text with its screenshots, and with the recipes where the site has them.

    A screenshot's place is a comment, `<!-- screenshot: PATTERN CAPTION -->`. The pattern is for
    artifacts/, where the browser tests leave their pictures; without one, nothing is shown.
    """

    def placed(found: re.Match[str]) -> str:
        pattern, caption = found.groups()
        kept = min((root / "artifacts").glob(pattern), default=None)
        if kept is None:
            return ""
        target = root / "docs" / "pictures" / kept.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(kept, target)
        return f"![{caption}](/pictures/{kept.name})"

    return _RECIPES.sub("](/recipes/index.md)", _PICTURE.sub(placed, text))


def _relinked(text: str, folder: str) -> str:
    """The text with links that hold from docs/recipes/."""

    def link(found: re.Match[str]) -> str:
        target = found[1]
        if target.startswith("../") and "docs/" in target:
            return f"](../{target.partition('docs/')[2]})"
        if target.endswith("README.md"):
            return f"]({Path(target).parent.name}.md)"
        if target.endswith(".md"):
            return f"]({target})"
        return f"](../../examples/{folder and folder + '/'}{target})"

    return re.sub(r"\]\(([^):#]+)\)", link, text)


def _own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    named = (schema.type_map[name] for name in sorted(schema.type_map))
    return [one for one in named if not one.name.startswith("__") and one.name not in _ROOTS]


def _members(schema: GraphQLSchema, one: GraphQLNamedType) -> str:
    if isinstance(one, GraphQLEnumType):
        rows = [f"| `{name}` | {_text(value.description)} |" for name, value in one.values.items()]
        return "\n".join(["| value | meaning |", "| --- | --- |", *rows])
    if isinstance(one, GraphQLUnionType):
        return "One of " + ", ".join(_link(schema, member.name) for member in one.types) + "."
    if isinstance(one, GraphQLInputObjectType):
        rows = [
            f"| `{name}` | {_link(schema, str(field.type))} | {_text(field.description)} |"
            for name, field in one.fields.items()
        ]
        return "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows])
    fields = cast("GraphQLObjectType | GraphQLInterfaceType", one).fields
    rows = [
        f"| `{name}`{_takes(field.args)} | {_link(schema, str(field.type))} | "
        f"{_text(field.description)} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows])


def _takes(arguments: Mapping[str, GraphQLArgument]) -> str:
    return f" ({', '.join(f'`{name}`' for name in arguments)})" if arguments else ""


def _arguments(schema: GraphQLSchema, arguments: Mapping[str, GraphQLArgument]) -> str:
    if not arguments:
        return ""
    rows = [
        f"| `{name}` | {_link(schema, str(argument.type))} | {_text(argument.description)} |"
        for name, argument in arguments.items()
    ]
    return "\n".join(["| argument | type | meaning |", "| --- | --- | --- |", *rows])


def _target(name: str) -> str:
    return f"type-{name.lower()}"


def _link(schema: GraphQLSchema, written: str) -> str:
    """A type as it is written, with a link to where it is explained."""
    name = re.sub(r"[\[\]!]", "", written)
    if isinstance(schema.type_map[name], tuple(kind for _, kind in _KINDS)):
        return f"[`{written}`](#{_target(name)})"
    return f"`{written}`"


def _text(description: str | None) -> str:
    """A description on one line, with nothing in it that Markdown or its tables would take."""
    return re.sub(r"([|<])", r"\\\1", " ".join((description or "").split()))
