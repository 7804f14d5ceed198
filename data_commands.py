"""The commands `parley export` and `parley import`: files of conversations, out and in."""

import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated

import typer

from chat import checks
from chat.application import Application
from chat.drafts import ConversationFilter
from chat.errors import NotFoundError
from chat.interchange.documents import TextFormat
from chat.interchange.importing import ImportReport
from chat.records import User
from command_start import fail, with_application
from resolvers.ids import Kind, decode

# A file is read, and what is in it read again and written.
_PASSES = 2
_MOST_REASONS = 1000

Email = Annotated[str, typer.Option("--user", metavar="EMAIL", help="Whose conversations.")]


class Format(StrEnum):
    """What `parley export` writes."""

    JSON = "json"
    MARKDOWN = "markdown"
    OPENAI_MESSAGES = "openai-messages"


class Source(StrEnum):
    """What `parley import` reads."""

    JSON = "json"
    CHATGPT = "chatgpt"


_TEXT_FORMATS = {
    Format.JSON: None,
    Format.MARKDOWN: TextFormat.MARKDOWN,
    Format.OPENAI_MESSAGES: TextFormat.OPENAI_MESSAGES,
}


def export_data(
    user: Email,
    conversation: Annotated[
        str | None,
        typer.Option(metavar="ID", help="One conversation; everything when left out."),
    ] = None,
    format: Annotated[Format, typer.Option(help="What to write.")] = Format.JSON,  # noqa: A002
    output: Annotated[
        Path | None, typer.Option(help="The file to write; standard output when left out.")
    ] = None,
) -> None:
    """Write a user's conversations, all or one with its branches and variants.

    Only json can be imported again; markdown and openai-messages are of one conversation.
    """
    if conversation is None and format is not Format.JSON:
        fail(f"--format {format} is of one conversation: name it with --conversation")

    async def export(application: Application) -> None:
        owner = await _user(application, user)
        if conversation is None:
            await _export_account(application, owner, file)
            return
        key = decode(Kind.CONVERSATION, conversation, "--conversation")
        parts = application.exports.conversation(owner.id, key, _TEXT_FORMATS[format])
        await _write(parts, file)

    with _whole_file(output) as file:
        with_application(export)


def import_data(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    user: Email,
    format: Annotated[  # noqa: A002
        Source, typer.Option(help="json is Parley's own; chatgpt: its conversations.json.")
    ] = Source.JSON,
) -> None:
    """Add the conversations of a file to a user's.

    A malformed file changes nothing. What is there already is skipped, so an import that was cut
    off may be repeated.
    """

    async def read(application: Application) -> str:
        owner = await _user(application, user)
        with _bar("Importing", _PASSES * size) as progress:
            if format is Source.CHATGPT:
                with TemporaryFile() as spool:
                    report = await application.imports.chatgpt(
                        owner.id, opened, spool=spool, progress=progress
                    )
            else:
                report = await application.imports.own(owner.id, opened, progress=progress)
        return "\n".join(_told(report, "conversation" if format is Source.CHATGPT else "line"))

    with _readable(file) as (opened, size):
        with_application(read)


async def _user(application: Application, email: str) -> User:
    found = await application.user_store.user_by_email(checks.email(email))
    if found is None:
        raise NotFoundError("There is no user with this address.", field="email")
    return found


async def _export_account(application: Application, owner: User, file: IO[bytes]) -> None:
    everything = ConversationFilter(archived=None, include_variants=True)
    count = await application.conversation_store.count(owner.id, everything)
    with _bar("Exporting", count) as progress:
        await _write(application.exports.account(owner.id, progress=progress), file)


async def _write(parts: AsyncIterator[bytes], file: IO[bytes]) -> None:
    async for part in parts:
        file.write(part)


@contextmanager
def _whole_file(path: Path | None) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it is whole; standard output without a path."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _readable(name: str) -> Iterator[tuple[IO[bytes], int]]:
    """A file and its size; standard input is kept, since it is read twice."""
    try:
        with TemporaryFile() if name == "-" else Path(name).open("rb") as file:
            if name == "-":
                shutil.copyfileobj(sys.stdin.buffer, file)
            size = file.seek(0, 2)
            yield file, size
    except OSError as error:
        fail(f"cannot read {name}: {error.strerror}")


@contextmanager
def _bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal's error output; elsewhere only its label."""
    with typer.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def _told(report: ImportReport, unit: str) -> Iterator[str]:
    yield (
        f"imported {len(report.conversations)} conversations with {report.variants} variants "
        f"and {report.messages} messages"
    )
    for one in report.skipped[:_MOST_REASONS]:
        yield f"{unit} {one.position}: {one.reason}"
    if len(report.skipped) > _MOST_REASONS:
        yield f"… and {len(report.skipped) - _MOST_REASONS} more"
