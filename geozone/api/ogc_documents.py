"""Documents of OGC API Features that describe the service and its collections."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geozone.api.layers import LayerSpec
from geozone.api.reference_systems import CRS84, REFERENCE_SYSTEMS
from geozone.api.table import LayerTable

__all__ = ["GEOJSON", "OPENAPI", "collection", "conformance", "landing", "link", "own_links"]

GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
_SCHEMA_TYPE = "application/schema+json"
_SPECIFICATION = "http://www.opengis.net/spec"
_CLASSES = {
    "ogcapi-common-1/1.0": ("core", "landing-page", "json", "html", "oas30"),
    "ogcapi-common-2/1.0": ("collections", "html", "json"),
    "ogcapi-features-1/1.0": ("core", "geojson", "html", "oas30"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
    "ogcapi-features-5/1.0": (
        "schemas",
        "core-roles-features",
        "returnables-and-receivables",
        "queryables",
        "sortables",
    ),
    "ogcapi-tiles-1/1.0": (
        "core",
        "tileset",
        "tilesets-list",
        "dataset-tilesets",
        "geodata-tilesets",
        "collections-selection",
        "datetime",
        "mvt",
        "png",
        "oas30",
    ),
    "tms/2.0": ("tilematrixset", "json-tilematrixset", "tilesetmetadata", "json-tilesetmetadata"),
    "cql2/1.0": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    ),
}


def link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    """Make a link.

    Parameters
    ----------
    href : str
        Absolute address.
    rel : str
        Relation.
    media_type : str
        What is found there.
    title : str
        For people.

    Returns
    -------
    dict
        The link.
    """
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def own_links(address: str, pin: str, media_type: str, title: str) -> list[dict[str, str]]:
    """Link to a resource itself and to its page.

    Parameters
    ----------
    address : str
        Where it is.
    pin : str
        Query that names the release, or nothing.
    media_type : str
        Its type.
    title : str
        Its title.

    Returns
    -------
    list of dict
        Links.
    """
    page = f"{address}{pin}{'&' if pin else '?'}f=html"
    return [
        link(address + pin, "self", media_type, title),
        link(page, "alternate", "text/html", f"{title} as a page"),
    ]


def landing(base: str, title: str) -> dict[str, Any]:
    """Describe the service.

    Parameters
    ----------
    base : str
        Address of the service.
    title : str
        Its name.

    Returns
    -------
    dict
        The landing page.
    """
    return {
        "title": title,
        "description": "Phân vùng dịch, cấp độ dịch và tiêm chủng / Outbreak zones, levels and coverage",
        "links": [
            *own_links(f"{base}/ogc", "", "application/json", "This document"),
            link(f"{base}/ogc/api", "service-desc", OPENAPI, "OpenAPI document"),
            link(f"{base}/docs", "service-doc", "text/html", "Documentation"),
            link(f"{base}/ogc/conformance", "conformance", "application/json", "Conformance classes"),
            link(f"{base}/ogc/collections", "data", "application/json", "Collections"),
            link(
                f"{base}/ogc/tileMatrixSets",
                f"{_RELATION}/tiling-schemes",
                "application/json",
                "Tile matrix sets",
            ),
            *tile_links(f"{base}/ogc", ""),
        ],
    }


def tile_links(own: str, pin: str) -> list[dict[str, str]]:
    """Link to the tilesets of a collection or of the dataset.

    Parameters
    ----------
    own : str
        Its address.
    pin : str
        Query that names the release, or nothing.

    Returns
    -------
    list of dict
        Links to vector tiles and to pictures.
    """
    return [
        link(f"{own}{above}/tiles{pin}", f"{_RELATION}/tilesets-{kind}", "application/json", title)
        for above, kind, title in (("", "vector", "Vector tiles"), ("/map", "map", "Picture tiles"))
    ]


def conformance() -> dict[str, list[str]]:
    """List the requirement classes implemented, and no others.

    Returns
    -------
    dict
        The conformance declaration.
    """
    return {
        "conformsTo": [
            f"{_SPECIFICATION}/{part}/conf/{name}" for part, names in _CLASSES.items() for name in names
        ]
    }


def collection(base: str, spec: LayerSpec, table: LayerTable, pin: str) -> dict[str, Any]:
    """Describe a collection.

    Parameters
    ----------
    base : str
        Address of the service.
    spec : LayerSpec
        The layer.
    table : LayerTable
        Its rows.
    pin : str
        Query that names the release, or nothing.

    Returns
    -------
    dict
        The collection.
    """
    own = f"{base}/ogc/collections/{spec.id}"
    document: dict[str, Any] = {
        "id": spec.id,
        "title": spec.title_en,
        "description": spec.title_vi,
        "itemType": "feature",
        "crs": ["#/crs", *REFERENCE_SYSTEMS],
        "storageCrs": CRS84,
        "links": [
            *own_links(own, pin, "application/json", spec.title_en),
            link(f"{own}/items{pin}", "items", GEOJSON, spec.title_en),
            link(f"{own}/items{pin}{'&' if pin else '?'}f=html", "items", "text/html", spec.title_en),
            *_schema_links(own, pin),
            *tile_links(own, pin),
            link(f"{base}/tiles/{spec.id}.json{pin}", "alternate", "application/json", "TileJSON"),
        ],
    }
    extent: dict[str, Any] = {}
    if table.bounds is not None:
        extent["spatial"] = {"bbox": [[round(edge, 6) for edge in table.bounds]], "crs": CRS84}
    if spec.interval is not None and len(table):
        first, last = (pd.to_datetime(table.attributes[name]) for name in spec.interval)
        extent["temporal"] = {"interval": [[_moment(first.min()), _moment(last.max())]]}
    if extent:
        document["extent"] = extent
    return document


def _schema_links(own: str, pin: str) -> list[dict[str, str]]:
    return [
        link(f"{own}/{name}{pin}", f"{_RELATION}/{name}", _SCHEMA_TYPE, title)
        for name, title in (
            ("schema", "Schema of the features"),
            ("queryables", "Properties that filters may name"),
            ("sortables", "Properties to sort by"),
        )
    ]


def _moment(day: pd.Timestamp) -> str | None:
    return None if pd.isna(day) else f"{day:%Y-%m-%d}T00:00:00Z"
