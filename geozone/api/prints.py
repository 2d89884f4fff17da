"""What is printed of a release: a map sheet, and the annex that lists its zones."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geozone.api.open_release import OpenRelease
from geozone.api.parameters import ReleaseQuery, parse_bbox, refuse
from geozone.api.service import Service, strict_query
from geozone.api.summary import first_view
from geozone.release import verify_address

__all__ = ["prints_router"]

_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ANNEXES = ("pdf", "html", "xlsx")
_Language = Annotated[Literal["vi", "en"], Query(description="Language of the print")]


def prints_router(service: Service) -> APIRouter:
    """Make the routes of sheets and annexes.

    Parameters
    ----------
    service : Service
        Shared state.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/api/v1", tags=["geozone"], dependencies=[Depends(strict_query)])

    @router.get(
        "/sheet",
        summary="A map sheet to print",
        response_class=Response,
        responses={200: {"content": {"application/pdf": {}, "image/png": {}}}},
    )
    def sheet(
        request: Request,
        *,
        bbox: Annotated[
            str | None, Query(description="West,south,east,north; by default the outbreak")
        ] = None,
        paper: Annotated[Literal["a4", "a3"], Query(description="Size")] = "a4",
        orientation: Annotated[
            Literal["auto", "portrait", "landscape"],
            Query(description="How it is held; the larger map by default"),
        ] = "auto",
        lang: _Language = "vi",
        hide: Annotated[
            str,
            Query(
                max_length=200,
                description="Layers left out, with commas between, named as in the map's address",
            ),
        ] = "",
        paint: Annotated[
            str,
            Query(
                pattern=r"^(level|rate|dose\d_\d{1,3}_(\d{1,3}|plus))$",
                description="What communes are coloured by: `level`, `rate`, or a coverage: `dose2_50_plus`",
            ),
        ] = "level",
        f: Annotated[Literal["pdf", "png"], Query(description="Format")] = "pdf",
        dpi: Annotated[int, Query(ge=50, le=300, description="Dots per inch of a PNG")] = 150,
        release: ReleaseQuery = None,
    ) -> Response:
        """Title, map, legend, scale bar, north arrow, decision, day, and the QR code that checks it."""
        sheets = _sheets()
        found = service.catalogue.find(release)
        options = sheets.SheetOptions(
            box=_box(found, bbox),
            address=verify_address(found.digest, service.base_url(request)),
            size=paper,
            upright={"auto": None, "portrait": True, "landscape": False}[orientation],
            language=lang,
            hidden=_hidden(hide, sheets.SHEET_LAYERS),
            paint=paint,
        )

        def make() -> bytes:
            pdf: bytes = sheets.map_sheet(found.source, options)
            picture: bytes = pdf if f == "pdf" else sheets.sheet_png(pdf, dpi=dpi)
            return picture

        return _file(service, request, found, make, kind=f, name=f"{paper}-{lang}")

    @router.get(
        "/annex",
        summary="The list of lockdown zones",
        response_class=Response,
        responses={200: {"content": {_TYPES[name]: {} for name in _ANNEXES}}},
    )
    def annex(
        request: Request,
        lang: _Language = "vi",
        f: Annotated[Literal["pdf", "html", "xlsx"], Query(description="Format")] = "pdf",
        release: ReleaseQuery = None,
    ) -> Response:
        """Every lockdown zone with its communes and hamlets, whole or in part, people, cases and days."""
        found = service.catalogue.find(release)
        address = verify_address(found.digest, service.base_url(request))

        def make() -> bytes:
            sheets = _sheets()
            write = {"pdf": sheets.annex_pdf, "html": sheets.annex_html, "xlsx": sheets.annex_xlsx}[f]
            written: bytes = write(sheets.annex_of(found.source), address=address, language=lang)
            return written

        return _file(service, request, found, make, kind=f, name=f"annex-{lang}")

    return router


def _box(release: OpenRelease, bbox: str | None) -> tuple[float, float, float, float]:
    if bbox is None:
        return first_view(release)
    boxes = parse_bbox(bbox)
    if len(boxes) > 1:
        refuse("bbox", "a sheet cannot cross the antimeridian")
    west, south, east, north = boxes[0]
    return west, south, east, north


def _hidden(text: str, layers: tuple[str, ...]) -> frozenset[str]:
    names = frozenset(filter(None, text.split(",")))
    if not names <= set(layers):
        refuse("hide", "expected some of " + ", ".join(layers))
    return names


def _sheets() -> ModuleType:
    from geozone.maps import sheets  # noqa: PLC0415 - loads the writers of PDF, not for a start

    return sheets


def _policy() -> str:
    """Allow the annex its own style and nothing else."""
    style = base64.b64encode(hashlib.sha256(_sheets().ANNEX_STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


def _file(
    service: Service,
    request: Request,
    release: OpenRelease,
    make: Callable[[], bytes],
    *,
    kind: str,
    name: str,
) -> Response:
    """Answer with a file; few are drawn at a time, for drawing holds the interpreter."""
    headers = {"Content-Disposition": f'inline; filename="geozone-{release.digest[:12]}-{name}.{kind}"'}
    if kind == "html":
        headers["Content-Security-Policy"] = _policy()
    return service.answer(
        request,
        release,
        lambda: service.drawing.submit(make).result(),
        media_type=_TYPES[kind],
        headers=headers,
        variant=kind,
    )
