"""A release or a draft as a folium map."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import Element

from geozone.disclosure import say_column
from geozone.draft import Draft
from geozone.errors import NotFoundError
from geozone.geojson import feature_collection
from geozone.maps.legend import NO_DATA, STYLE, legend
from geozone.maps.offline import figure_of, inline_libraries
from geozone.maps.words import LEVEL_NAMES, format_number, words
from geozone.maps.zone_popup import zone_columns
from geozone.types import LEVEL_COLOURS, Certainty

__all__ = ["Published", "folium_map"]

_TOLERANCES = (0.0003, 0.001, 0.002, 0.004)
"""Degrees; about 30 to 400 m. The first that keeps the outlines under the budget is used."""
_VERTEX_BUDGET = 120_000

Style = Callable[[dict[str, Any]], dict[str, Any]]


class Published(Protocol):
    """What a release offers to a map."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the release says of itself."""

    def layer(self, name: str) -> pd.DataFrame:
        """Read a layer.

        Parameters
        ----------
        name : str
            Name of the layer.

        Returns
        -------
        DataFrame
            The layer, with geometry.
        """


def folium_map(source: Published | Draft, *, province: str | None = None, language: str = "vi") -> folium.Map:
    """Draw levels, zones and green zones as a folium map that needs no network.

    Parameters
    ----------
    source : Release or Draft
        What to draw.
    province : str, optional
        Code of the only province to draw; the whole country by default.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    folium.Map
        With a legend, a layer switch and popups.

    Raises
    ------
    NotFoundError
        If the province has no commune, or the package was built without its web files.
    ValueError
        If the language is not known.
    """
    text = words(language)
    layers = {name: _layer(source, name) for name in _DRAWN}
    layers = _within(layers, province)
    layers["communes"] = _simplified(layers["communes"])
    west, south, east, north = layers["communes"].total_bounds
    chart = folium.Map(tiles=None, control_scale=True, prefer_canvas=True)
    inline_libraries(chart)
    chart.fit_bounds([[south, west], [north, east]])
    for name, table, style in _overlays(layers):
        rows = _rows(table, name, language)
        if rows.empty:
            continue
        _add(chart, rows, text[name], style, shown=name not in ("green_zones", "facilities"))
    folium.LayerControl(collapsed=False).add_to(chart)
    page = figure_of(chart)
    page.html.add_child(Element(_legend(source, layers["communes"], language)))
    page.header.add_child(Element(STYLE))
    return chart


_DRAWN = ("communes", "green_zones", "buffer_zones", "containment_zones", "facilities")


def _layer(source: Published | Draft, name: str) -> gpd.GeoDataFrame:
    return source.layers[name] if isinstance(source, Draft) else source.layer(name)


def _within(layers: dict[str, gpd.GeoDataFrame], province: str | None) -> dict[str, gpd.GeoDataFrame]:
    if province is None:
        return layers
    communes = layers["communes"]
    chosen = communes[communes["province_code"] == province].reset_index(drop=True)
    if chosen.empty:
        raise NotFoundError(f"no commune is in a province with the code {province!r}")
    area = shapely.union_all(shapely.buffer(chosen.geometry.to_numpy(), 1e-9))
    shapely.prepare(area)
    kept = {"communes": chosen}
    for name in _DRAWN[1:]:
        table = layers[name]
        kept[name] = table[shapely.intersects(area, table.geometry.to_numpy())].reset_index(drop=True)
    return kept


def _simplified(communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Thin the outlines as a mesh, so that neighbours still share their borders."""
    outlines = communes.geometry.to_numpy()
    for tolerance in _TOLERANCES:
        if int(shapely.get_num_coordinates(outlines).sum()) <= _VERTEX_BUDGET:
            break
        outlines = shapely.coverage_simplify(communes.geometry.to_numpy(), tolerance)
    return communes.set_geometry(gpd.GeoSeries(outlines, index=communes.index, crs="EPSG:4326"))


def _overlays(layers: dict[str, gpd.GeoDataFrame]) -> list[tuple[str, gpd.GeoDataFrame, Style]]:
    containment = layers["containment_zones"]
    certain = containment["certainty"] == str(Certainty.CERTAIN)
    return [
        ("communes", layers["communes"], _level_style),
        ("green_zones", layers["green_zones"], _fixed("#0a7d4f", 0.25, 1)),
        ("buffer_zones", layers["buffer_zones"], _fixed("#3d5a98", 0.15, 2, "6 4")),
        ("containment_possible", containment[~certain], _fixed("#7a0019", 0.08, 1.5, "2 5")),
        ("containment_certain", containment[certain], _fixed("#7a0019", 0.4, 2.5)),
        ("facilities", layers["facilities"], _fixed("#222222", 0.9, 1)),
    ]


def _level_style(feature: dict[str, Any]) -> dict[str, Any]:
    level = feature["properties"].get("level_number")
    colour = LEVEL_COLOURS[level] if level else NO_DATA
    return {
        "fillColor": colour,
        "fillOpacity": 0.75 if level else 0.35,
        "color": "#ffffff",
        "weight": 0.6,
        "dashArray": None if level else "2 2",
    }


def _fixed(colour: str, opacity: float, weight: float, dashes: str | None = None) -> Style:
    style = {
        "fillColor": colour,
        "fillOpacity": opacity,
        "color": colour,
        "weight": weight,
        "dashArray": dashes,
    }
    return lambda _: style


def _rows(table: gpd.GeoDataFrame, name: str, language: str) -> gpd.GeoDataFrame:
    """Choose what a popup says, already in words."""
    text = words(language)
    columns: dict[str, Any] = {}
    if name == "communes":
        columns[text["commune"]] = table["full_name"]
        columns[text["province"]] = table["province_name"]
        columns[text["level"]] = [
            text["no_data"] if pd.isna(level) else LEVEL_NAMES[language][int(level)]
            for level in table["epidemic_level"]
        ]
        columns[text["why"]] = table[f"why_{language}"]
        columns[text["lower"]] = table[f"lower_{language}"].fillna("–")
        columns[text["population"]] = [format_number(value, language) for value in table["population"]]
        columns[text["cases_total"]] = say_column(table, "cases_total", language, unknown=text["no_data"])
        columns["level_number"] = table["epidemic_level"].astype("Int64")
    elif name == "green_zones":
        columns[text["commune"]] = table["name"]
        columns[text["days_without_cases"]] = [
            format_number(value, language) for value in table["days_without_cases"]
        ]
        columns[text["why"]] = table[f"criteria_{language}"]
    elif name == "facilities":
        columns[text["name"]] = table["name"]
        columns[text["kind"]] = table["kind"]
    else:
        columns = zone_columns(table, language)
    rows = pd.DataFrame(columns, index=table.index)
    rows["_id"] = np.arange(len(rows)).astype(str)
    return gpd.GeoDataFrame(rows, geometry=table.geometry, crs="EPSG:4326")


def _add(chart: folium.Map, rows: gpd.GeoDataFrame, title: str, style: Style, *, shown: bool) -> None:
    spoken = [name for name in rows.columns if name not in ("geometry", "_id", "level_number")]
    document = feature_collection(
        rows,
        properties=[name for name in rows.columns if name not in ("geometry", "_id")],
        id_column="_id",
        precision=5,
    )
    folium.GeoJson(
        json.loads(document),
        name=title,
        style_function=style,
        highlight_function=lambda _: {"weight": 3},
        marker=folium.CircleMarker(radius=4, fill=True),
        popup=folium.GeoJsonPopup(fields=spoken, labels=True, max_width=340),
        tooltip=folium.GeoJsonTooltip(fields=spoken[:1], labels=False),
        show=shown,
    ).add_to(chart)


def _legend(source: Published | Draft, communes: gpd.GeoDataFrame, language: str) -> str:
    approximate = bool((communes["boundary_quality"] == "approximate").any())
    if isinstance(source, Draft):
        rules, verified = source.rules.id, source.rules.verified
        return legend(language, source.as_of, rules, verified=verified, approximate=approximate)
    manifest = source.manifest
    return legend(
        language,
        manifest["as_of"],
        manifest["rules"]["id"],
        decision=manifest["decision"],
        verified=manifest["rules"]["verified"],
        approximate=approximate,
    )
