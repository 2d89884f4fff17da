"""What every command shares: options, progress bars, messages and exit codes."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from geozone.access.purposes import Purpose, read_purpose
from geozone.errors import DataError, Fault, GeozoneError
from geozone.settings import Settings, find_workspace, identifier_keys
from geozone.types import Progress as Report

if TYPE_CHECKING:
    import pandas as pd

    from geozone.workspace import Workspace

__all__ = [
    "AsJson",
    "ColumnMap",
    "ImportFile",
    "Language",
    "LanguageOption",
    "PurposeOption",
    "WorkspaceOption",
    "actor",
    "answer",
    "chosen_purpose",
    "note_reading",
    "now",
    "opened",
    "parse_columns",
    "progress_bars",
    "records",
    "run",
    "say",
    "spoken",
    "warn",
    "warn_faults",
]

_SHOWN = 20
_err = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False, soft_wrap=True)

BAD_DATA, BAD_USAGE = 1, 2

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", envvar="GEOZONE_WORKSPACE", help="Folder of the workspace.", show_default=False
    ),
]


class Language(StrEnum):
    """Language of what is told."""

    VI = "vi"
    EN = "en"


PurposeOption = Annotated[
    str | None,
    typer.Option(
        "--purpose",
        help="Why names or addresses are read, for the audit: CODE, or `other; WORDS`.",
        show_default=False,
    ),
]
LanguageOption = Annotated[Language, typer.Option("--language", help="Language of the sentences.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]
ImportFile = Annotated[Path, typer.Argument(help="The file.", show_default=False)]
ColumnMap = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=HEADER",
        help="Where a field is found, if its header is not recognised; may be repeated.",
    ),
]


def run(app: typer.Typer) -> None:
    """Run a command; bad data ends with 1, bad usage with 2, and no traceback either way."""
    try:
        app()
    except DataError as error:
        _err.print(f"[bold red]Error:[/] {_plain(str(error))}")
        sys.exit(BAD_DATA)
    except GeozoneError as error:
        _err.print(f"[bold red]Error:[/] {_plain(str(error))}")
        sys.exit(BAD_DATA)
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is wrong with the data.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def say(text: str) -> None:
    """Print a line of the answer."""
    _out.print(_plain(text))


def warn(text: str) -> None:
    """Print a line that a person should see but a pipe should not."""
    _err.print(f"[yellow]{_plain(text)}[/]")


def warn_faults(faults: Sequence[Fault]) -> None:
    """Print the first faults of a file."""
    for fault in faults[:_SHOWN]:
        warn(f"  {fault}")
    if len(faults) > _SHOWN:
        warn(f"  ... and {len(faults) - _SHOWN} more")


def answer(as_json: bool, document: dict[str, Any], *lines: str) -> None:
    """Print a JSON document for machines, or lines for people."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines:
        say(line)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Make plain records of a table, days as ``2021-07-13``."""
    days = table.select_dtypes("datetime").columns
    plain = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in days})
    found: list[dict[str, Any]] = json.loads(plain.to_json(orient="records"))
    return found


def spoken(pair: tuple[str, str], language: Language) -> str:
    """Choose from a Vietnamese and an English sentence."""
    return pair[0] if language is Language.VI else pair[1]


def now() -> datetime:
    """Tell the time; the only clock of the command line."""
    return datetime.now(UTC).replace(microsecond=0)


def actor(settings: Settings) -> str:
    """Tell who is recorded in the audit."""
    if settings.actor:
        return settings.actor
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def opened(named: Path | None) -> Iterator[tuple[Workspace, Settings]]:
    """Open the workspace named, found here, or last made here."""
    settings = Settings()
    root = find_workspace(named or settings.workspace, Path.cwd())
    with open_workspace(root, settings) as workspace:
        yield workspace, settings


def open_workspace(root: Path, settings: Settings) -> Workspace:
    """Open a workspace with the database and the keys that the settings name."""
    # Imported here and in the commands: what geometry and tables load would slow down `geozone --help`.
    from geozone.workspace import Workspace

    keys = identifier_keys(settings, root)
    return Workspace.open(root, database_url=settings.database, key_file=keys)


def note_reading(
    workspace: Workspace, settings: Settings, what: str, places: int, purpose: Purpose | None
) -> None:
    """Write to the audit that this person read identifiers on the command line, and why."""
    workspace.store.note_reading(what, places, at=now(), actor=actor(settings), purpose=purpose)


def chosen_purpose(said: str | None) -> Purpose | None:
    """Read why identifiers are asked for, from the option or the environment; ask where it must be said."""
    settings = Settings()
    text = said or settings.purpose
    if not text and not settings.purpose_required:
        return None
    try:
        return read_purpose(text)
    except ValueError as error:
        raise typer.BadParameter(f"--purpose: {error}") from None


@contextmanager
def progress_bars() -> Iterator[Report]:
    """Show progress on stderr, one bar a task, for as long as the block runs."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as bars:
        tasks: dict[str, Any] = {}

        def report(task: str, done: int, total: int | None) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done, total=total)

        yield report


def parse_columns(pairs: list[str] | None) -> dict[str, str] | None:
    """Read ``FIELD=HEADER`` options."""
    if not pairs:
        return None
    found = {}
    for pair in pairs:
        field, separator, header = pair.partition("=")
        if not separator or not field or not header:
            raise typer.BadParameter(f"{pair!r} is not FIELD=HEADER")
        found[field.strip()] = header
    return found


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
