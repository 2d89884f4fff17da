"""One HTML file that opens without a network: Leaflet and its pictures are written into it."""

from __future__ import annotations

import base64
import os
import re
from importlib.resources import files
from pathlib import Path

import folium
from branca.element import Element, Figure

from geozone.errors import NotFoundError, StoreError

__all__ = ["figure_of", "inline_libraries", "save_html"]

_OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//[^"']+""", re.IGNORECASE)
_PICTURE = re.compile(r"url\((images/[\w.-]+)\)")


def inline_libraries(chart: folium.Map) -> None:
    """Replace the libraries that folium would load from other hosts by copies inside the page.

    Parameters
    ----------
    chart : folium.Map
        Changed in place.

    Raises
    ------
    NotFoundError
        If the package was built without its web files.
    """
    chart.default_js = []
    chart.default_css = []
    header = figure_of(chart).header
    style = _PICTURE.sub(
        lambda found: f"url({_data_address(found[1])})", _vendored("leaflet.css").decode("utf-8")
    )
    header.add_child(Element(f"<style>{style}</style>"), name="leaflet_css")
    for name in ("jquery.min.js", "leaflet.js"):
        code = _vendored(name).decode("utf-8").replace("</script", r"<\/script")
        header.add_child(Element(f"<script>{code}</script>"), name=name)


def save_html(chart: folium.Map, path: Path) -> None:
    """Write a map as one file that needs no network.

    Parameters
    ----------
    chart : folium.Map
        A map made by ``folium_map``.
    path : Path
        The file; replaced whole or not at all.

    Raises
    ------
    StoreError
        If something in the map would be loaded from another host, or the disk refuses.
    """
    page = figure_of(chart).render()
    outside = sorted({found.group(0) for found in _OUTSIDE.finditer(_without_links(page))})
    if outside:
        raise StoreError(f"the map would load from other hosts: {', '.join(outside[:5])}")
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def figure_of(chart: folium.Map) -> Figure:
    """Give the page that a map is on.

    Parameters
    ----------
    chart : folium.Map
        The map.

    Returns
    -------
    Figure
        With a header, a body and scripts.
    """
    figure = chart.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("the map is not on a page of its own")
    return figure


def _without_links(page: str) -> str:
    """Leave out links that a reader may follow: only what loads by itself matters."""
    return re.sub(r"<a\s[^>]*>", "", page.replace('\\"', '"'))


def _vendored(name: str) -> bytes:
    resource = files("geozone") / "web" / "vendor" / name
    if not resource.is_file():
        raise NotFoundError(
            f"this installation has no {name}: it was built without its web files; install geozone again"
        )
    return resource.read_bytes()


def _data_address(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode(_vendored(name)).decode("ascii")
