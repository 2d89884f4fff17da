"""The MapLibre style of the map for other programs: the page's own, as its build wrote it down.

``map-style.json`` comes from the functions that style the page, so there is one source of colours,
patterns and labels. Here only the address of the service, the release and the words are put in.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geozone.api.open_release import OpenRelease
from geozone.api.parameters import ReleaseQuery
from geozone.api.problems import ProblemError
from geozone.api.service import Service, strict_query
from geozone.api.summary import first_view
from geozone.api.web import WebFolder

__all__ = ["style_router"]

_FILE = "map-style.json"
_BASE = b"http://geozone.invalid"  # as web/style-document.ts writes it
_RELEASE = b"release=RELEASE"
_WORDS = {
    "vi": ("Bản đồ phân vùng dịch", ("Cấp 1", "Cấp 2", "Cấp 3", "Cấp 4"), "chưa có số liệu"),
    "en": ("Map of outbreak zones", ("Level 1", "Level 2", "Level 3", "Level 4"), "no data"),
}
_Language = Annotated[str, Query(pattern="^(vi|en)$", description="Language of titles: `vi` or `en`")]


def style_router(service: Service, folder: WebFolder) -> APIRouter:
    """Make the route of the style; add it before those of layers, whose addresses look alike.

    Parameters
    ----------
    service : Service
        Shared state.
    folder : WebFolder
        The built page.

    Returns
    -------
    APIRouter
        The route.
    """
    router = APIRouter(prefix="/tiles", tags=["Tiles"], dependencies=[Depends(strict_query)])

    @router.get("/style.json", summary="MapLibre style of the map")
    def style(request: Request, lang: _Language = "vi", release: ReleaseQuery = None) -> Response:
        """Style of levels in the legal colours, zones, points and labels, with their sprite and letters."""
        found = service.catalogue.find(release)
        template = folder.find(_FILE)
        if template is None:
            raise ProblemError(404, "The map page has not been built, and the style comes with it.")
        base = service.base_url(request)
        return service.answer(request, found, lambda: _filled(template.body, base, found, lang))

    return router


def _filled(template: bytes, base: str, release: OpenRelease, language: str) -> dict[str, Any]:
    content = template.replace(_BASE, base.encode()).replace(_RELEASE, f"release={release.digest}".encode())
    document: dict[str, Any] = orjson.loads(content)
    held = {spec.id for spec in release.layers}
    sources = {name: source for name, source in document["sources"].items() if name in held}
    name, levels, without = _WORDS[language]
    west, south, east, north = first_view(release)
    return document | {
        "name": f"{name} · {release.manifest['as_of']}",
        "metadata": {
            "geozone:release": release.digest,
            "geozone:decision": release.manifest["decision"],
            "geozone:levels": {str(level): title for level, title in enumerate(levels, start=1)}
            | {"none": without},
        },
        "center": [round((west + east) / 2, 5), round((south + north) / 2, 5)],
        "zoom": 8,
        "sources": sources,
        "layers": [
            layer for layer in document["layers"] if "source" not in layer or layer["source"] in sources
        ],
    }
