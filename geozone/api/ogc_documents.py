"""Documents of OGC API Features that describe the service and its collections."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geozone.api.layers import LayerSpec
from geozone.api.table import LayerTable

__all__ = ["CRS84", "GEOJSON", "OPENAPI", "collection", "conformance", "landing", "link"]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"


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
            link(f"{base}/ogc", "self", "application/json", "This document"),
            link(f"{base}/ogc/api", "service-desc", OPENAPI, "OpenAPI document"),
            link(f"{base}/docs", "service-doc", "text/html", "Documentation"),
            link(f"{base}/ogc/conformance", "conformance", "application/json", "Conformance classes"),
            link(f"{base}/ogc/collections", "data", "application/json", "Collections"),
        ],
    }


def conformance() -> dict[str, list[str]]:
    """List the requirement classes implemented, and no others.

    Returns
    -------
    dict
        The conformance declaration.
    """
    return {"conformsTo": [f"{_PART_1}/{name}" for name in ("core", "geojson", "oas30")]}


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
        "crs": [CRS84],
        "links": [
            link(own + pin, "self", "application/json", spec.title_en),
            link(f"{own}/items{pin}", "items", GEOJSON, spec.title_en),
            link(f"{base}/tiles/{spec.id}.json{pin}", "describedby", "application/json", "TileJSON"),
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


def _moment(day: pd.Timestamp) -> str | None:
    return None if pd.isna(day) else f"{day:%Y-%m-%d}T00:00:00Z"
