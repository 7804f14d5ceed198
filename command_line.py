"""The command `parley`: serve, demo, migrate, user, token, export, import, schema."""

import asyncio
import textwrap
from datetime import UTC, datetime
from typing import Annotated

import typer

from chat.accounts import NewUser
from chat.application import Application
from chat.records import UserRole
from command_start import bring_up_to_date, read_settings, with_application
from data_commands import export_data, import_data
from resolvers.graphql_schema import graphql_schema
from resolvers.ids import Kind, decode, encode
from serve_commands import demo, serve, worker
from settings import Settings

_WIDTH = 76


def _settings_help() -> str:
    """Every setting, in paragraphs that typer leaves as they are."""
    lines: list[str] = []
    for name, default, description in Settings.variables():
        title = f"{name}={default}" if default else name
        wrapped = textwrap.wrap(description, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        lines += ["\b", title, *wrapped, ""]
    return "\n".join(lines)


cli = typer.Typer(
    help="Parley: a GraphQL backend for AI conversations.",
    epilog="Settings are environment variables or lines of a file .env. Lists are written with "
    f"commas.\n\n{_settings_help()}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
user_commands = typer.Typer(help="Users.", no_args_is_help=True)
token_commands = typer.Typer(help="API tokens.", no_args_is_help=True)
schema_commands = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)
cli.add_typer(user_commands, name="user")
cli.add_typer(token_commands, name="token")
cli.add_typer(schema_commands, name="schema")
cli.command()(serve)
cli.command()(demo)
cli.command(hidden=True)(worker)
cli.command("export")(export_data)
cli.command("import")(import_data)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    applied = asyncio.run(bring_up_to_date(read_settings()))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do")


@user_commands.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="The e-mail address.")],
    name: Annotated[str | None, typer.Option(help="The name; the address when left out.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="Make the user an admin.")] = False,
    token_limit: Annotated[
        int | None, typer.Option(help="Tokens a month; the deployment's limit when left out.")
    ] = None,
) -> None:
    """Add a user and print the id."""
    role = UserRole.ADMIN if admin else UserRole.MEMBER
    new = NewUser(name=name or email, email=email, role=role, token_limit=token_limit)

    async def add(application: Application) -> str:
        return encode(Kind.USER, (await application.accounts.add_user(new)).id)

    with_application(add)


@token_commands.command("add")
def token_add(
    email: Annotated[str, typer.Argument(help="Whose token it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    expires_at: Annotated[
        datetime | None, typer.Option(help="When it stops working, in UTC; never when left out.")
    ] = None,
) -> None:
    """Make a token and print its id and, this once, its secret."""

    async def add(application: Application) -> str:
        token, secret = await application.accounts.create_token_for(
            email, name, expires_at=expires_at and expires_at.replace(tzinfo=UTC)
        )
        return f"{encode(Kind.API_TOKEN, token.id)} {secret}"

    with_application(add)


@token_commands.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token add` printed it.")],
) -> None:
    """Revoke a token, at once."""

    async def revoke(application: Application) -> str:
        await application.accounts.revoke_any_token(decode(Kind.API_TOKEN, token_id))
        return "revoked"

    with_application(revoke)


@schema_commands.command("export")
def schema_export() -> None:
    """Print the schema in GraphQL's schema definition language."""
    typer.echo(graphql_schema().as_str())


if __name__ == "__main__":
    cli()
