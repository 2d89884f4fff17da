"""What the pages of collections, features and single features show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
import orjson
from fastapi import Request
from numpy.typing import NDArray

from geozone.api.columns import ColumnTitle, column_title
from geozone.api.formats import FEATURE_FORMATS, FeaturePage
from geozone.api.pages.outline_map import OutlineMap, draw_map
from geozone.api.table import LayerTable
from geozone.types import LEVEL_COLOURS, EpidemicLevel

__all__ = ["downloads", "item_context", "items_context"]

_COLUMNS = 9  # of the table of a page of features
_DECIMALS = 2  # of a number in it
_LESS_WANTED = frozenset(
    {
        "name", "province_code", "boundary_quality", "level_status", "verified", "base_level",
        "population_flag", "possible_zone", "lon", "lat",
    }
)  # fmt: skip
_PLAIN = "#7d8896"
_LAYER_COLOURS = {"containment_zones": "#b3201b", "buffer_zones": "#f28e12", "green_zones": "#0fa57f"}


class _Row(NamedTuple):
    href: str
    values: list[Any]


class _Named(NamedTuple):
    name: str
    title: ColumnTitle
    value: Any = None
    href: str = ""


def downloads(request: Request, address: str, *, only: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """List the other formats of what a page shows.

    Parameters
    ----------
    request : Request
        The request; its other parameters are kept.
    address : str
        Where the features are.
    only : tuple of str
        Formats; all by default.

    Returns
    -------
    list of dict
        ``title`` and ``href`` each.
    """
    given = {name: value for name, value in request.query_params.items() if name not in ("f", "lang")}
    return [
        {"title": one.title, "href": f"{address}?{urlencode({**given, 'f': one.id})}"}
        for one in FEATURE_FORMATS.values()
        if one.id != "html" and (not only or one.id in only)
    ]


def items_context(request: Request, page: FeaturePage, root: str) -> dict[str, Any]:
    """Gather what the page of several features shows.

    Parameters
    ----------
    request : Request
        The request.
    page : FeaturePage
        The features.
    root : str
        Address of the collection, without its host.

    Returns
    -------
    dict
        For the template ``items.html``.
    """
    table = page.table
    names = [table.spec.id_column, *(name for name in _short(table, page) if name != table.spec.id_column)]
    names = names[:_COLUMNS]
    columns = [list(map(_rounded, table.values_of(page.rows, name))) for name in names]
    hrefs = [f"{root}/items/{quote(table.ids[row], safe='')}" for row in page.rows.tolist()]
    links = {link["rel"]: link["href"] for link in page.members["links"]}
    return {
        "spec": table.spec,
        "matched": page.members["numberMatched"],
        "next": links.get("next"),
        "columns": [_Named(name, column_title(name), href=_sorted_by(request, name)) for name in names],
        "rows": [_Row(href, list(values)) for href, *values in zip(hrefs, *columns, strict=True)],
        "map": _map(table, page.rows, hrefs) if page.presentation.has_geometry else None,
        "formats": downloads(request, f"{root}/items"),
    }


def item_context(request: Request, table: LayerTable, row: int, root: str) -> dict[str, Any]:
    """Gather what the page of one feature shows.

    Parameters
    ----------
    request : Request
        The request.
    table : LayerTable
        The layer.
    row : int
        Position of the feature.
    root : str
        Address of the collection, without its host.

    Returns
    -------
    dict
        For the template ``item.html``.
    """
    values = table.values(row)
    address = f"{root}/items/{quote(table.ids[row], safe='')}"
    shown = {
        name: orjson.dumps(value).decode() if isinstance(value, orjson.Fragment) else value
        for name, value in values.items()
    }
    return {
        "spec": table.spec,
        "name": shown.get("full_name") or shown.get("name") or table.ids[row],
        "values": [_Named(name, column_title(name), value) for name, value in shown.items()],
        "map": _map(table, np.array([row]), [address]),
        "formats": downloads(request, address, only=("json",)),
    }


def _short(table: LayerTable, page: FeaturePage) -> list[str]:
    """Choose the properties that fit into a table: those that tiles carry too, or those asked for."""
    if len(page.presentation.properties) < len(table.properties):
        return list(page.presentation.properties)
    fitting = table.spec.in_tiles(page.presentation.properties)
    unwanted = _LESS_WANTED if "full_name" in fitting else _LESS_WANTED - {"name"}
    return [name for name in fitting if name not in unwanted]


def _rounded(value: Any) -> Any:
    return round(value, _DECIMALS) if isinstance(value, float) else value


def _sorted_by(request: Request, name: str) -> str:
    """Write the address of the same features sorted by a property; asked for again, the other way."""
    given: Mapping[str, str] = request.query_params
    kept = {key: value for key, value in given.items() if key not in ("after", "offset", "sortby")}
    order = f"-{name}" if given.get("sortby") == name else name
    return f"?{urlencode({**kept, 'sortby': order})}"


def _map(table: LayerTable, rows: NDArray[np.int64], hrefs: list[str]) -> OutlineMap | None:
    fills = [_LAYER_COLOURS.get(table.spec.id, _PLAIN)] * len(rows)
    if "epidemic_level" in table.properties:
        levels = table.values_of(rows, "epidemic_level")
        fills = [_PLAIN if level is None else LEVEL_COLOURS[EpidemicLevel(level)] for level in levels]
    named = next((name for name in ("full_name", "name") if name in table.properties), table.spec.id_column)
    titles = [str(value) for value in table.values_of(rows, named)]
    return draw_map(table.geometry[rows], hrefs, titles, fills)
