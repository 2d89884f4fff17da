"""``geozone print``: a map sheet or the annex of a release, as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import WorkspaceOption, opened, say
from geozone.errors import NotFoundError

if TYPE_CHECKING:
    from geozone.maps.sheets import SheetOptions
    from geozone.release import Release

__all__ = ["app"]

app = typer.Typer(
    help="Print a release: a map sheet, or the annex that lists its zones.", no_args_is_help=True
)

_Release = Annotated[str, typer.Argument(help="Digest, its beginning, or current.")]


class Size(StrEnum):
    """Paper."""

    A4 = "a4"
    A3 = "a3"


class Language(StrEnum):
    """Language of the print."""

    VI = "vi"
    EN = "en"


_Language = Annotated[Language, typer.Option("--language", help="vi or en.")]


@app.command("map")
def map_(
    release: _Release = "current",
    out: Annotated[Path | None, typer.Option("--out", help="File to write, .pdf or .png.")] = None,
    paper: Annotated[Size, typer.Option("--paper", help="a4 or a3.")] = Size.A4,
    language: _Language = Language.VI,
    province: Annotated[str | None, typer.Option("--province", help="Only this province (code).")] = None,
    dpi: Annotated[int, typer.Option("--dpi", min=50, max=300, help="Dots per inch of a PNG.")] = 150,
    workspace: WorkspaceOption = None,
) -> None:
    """Draw the map with title, legend, scale bar, north arrow and the QR code that checks the release."""
    from geozone.maps import sheets
    from geozone.release import verify_address

    with opened(workspace) as (space, settings):
        found = space.releases.get(release)
        target = _target(out, f"geozone-{found.digest[:12]}-map.pdf", (".pdf", ".png"))
        address = verify_address(found.digest, settings.base_url)
        pdf = sheets.map_sheet(found, _options(found, province, address, paper, language))
    _write(target, sheets.sheet_png(pdf, dpi=dpi) if target.suffix.lower() == ".png" else pdf)


@app.command()
def annex(
    release: _Release = "current",
    out: Annotated[Path | None, typer.Option("--out", help="File to write, .pdf, .xlsx or .html.")] = None,
    language: _Language = Language.VI,
    workspace: WorkspaceOption = None,
) -> None:
    """List every lockdown zone with its communes and hamlets, whole or in part."""
    from geozone.maps import sheets
    from geozone.release import verify_address

    makers = {".pdf": sheets.annex_pdf, ".xlsx": sheets.annex_xlsx, ".html": sheets.annex_html}
    with opened(workspace) as (space, settings):
        found = space.releases.get(release)
        target = _target(out, f"geozone-{found.digest[:12]}-annex.pdf", tuple(makers))
        address = verify_address(found.digest, settings.base_url)
        content = makers[target.suffix.lower()](
            sheets.annex_of(found), address=address, language=language.value
        )
    _write(target, content)


def _options(
    release: Release, province: str | None, address: str, paper: Size, language: Language
) -> SheetOptions:
    from geozone.maps.sheets import SheetOptions

    box, title = _first_view(release), ""
    if province is not None:
        communes = release.layer("communes")
        own = communes[(communes["province_code"] == province).to_numpy(bool)]
        if not len(own):
            raise NotFoundError(f"no province has the code {province!r} in this release")
        west, south, east, north = (float(edge) for edge in own.total_bounds)
        box, title = (west, south, east, north), str(own["province_name"].iloc[0])
    return SheetOptions(box=box, address=address, size=paper.value, language=language.value, title=title)


def _first_view(release: Release) -> tuple[float, float, float, float]:
    from geozone.api.open_release import GeometryPool, OpenRelease
    from geozone.api.summary import first_view

    return first_view(OpenRelease(release, GeometryPool(None)))


def _target(out: Path | None, otherwise: str, suffixes: tuple[str, ...]) -> Path:
    target = out or Path(otherwise)
    if target.suffix.lower() not in suffixes:
        raise typer.BadParameter(f"--out {target}: expected a name that ends in {', '.join(suffixes)}")
    return target


def _write(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{target.name}.tmp")
    beside.write_bytes(content)
    beside.replace(target)
    say(f"Wrote {target}")
