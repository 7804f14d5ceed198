"""What every command begins with: the settings, a database that is up to date, and errors.

Errors end the program with one clear line and exit code 1.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import typer
from pydantic import ValidationError

from chat.application import Application
from chat.errors import ParleyError
from db.database import DatabaseUnreachableError
from db.migrate import migrate as migrate_database
from db.urls import DatabaseUrlError, check_url
from main import assembled
from settings import Settings


def fail(problem: str) -> NoReturn:
    """Say what is wrong in one line, and end with exit code 1."""
    typer.echo(f"parley: {problem}", err=True)
    raise typer.Exit(1)


def _first_problem(error: ValidationError) -> str:
    """One line that names the variable; what several are wrong about together names it itself."""
    first = error.errors()[0]
    problem = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return problem
    name = str(first["loc"][0]).upper()
    bare = name.startswith(("OPENAI_", "DATABASE_", "REDIS_"))
    return f"{name if bare else f'PARLEY_{name}'}: {problem}"


def read_settings() -> Settings:
    """The settings; a wrong one ends the program."""
    try:
        settings = Settings()
        check_url(settings.database_url)
    except ValidationError as error:
        fail(_first_problem(error))
    except DatabaseUrlError as error:
        fail(f"DATABASE_URL {error}")
    return settings


async def bring_up_to_date(settings: Settings) -> list[str]:
    """Migrate the database; the names of the migrations that were missing."""
    try:
        return await migrate_database(settings.database_url)
    except DatabaseUnreachableError as error:
        fail(f"cannot use the database of DATABASE_URL: {error}")


def with_application(use: Callable[[Application], Awaitable[str | None]]) -> None:
    """Do something with the application, without serving, and print the answer, if it is one."""
    settings = read_settings()

    async def run() -> str | None:
        await bring_up_to_date(settings)
        async with assembled(settings) as application:
            return await use(application)

    try:
        answer = asyncio.run(run())
    except ParleyError as error:
        fail(str(error))
    if answer is not None:
        typer.echo(answer)
