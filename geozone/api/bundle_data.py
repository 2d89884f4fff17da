"""What the map page of a bundle reads instead of the service: its answers, as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from geozone.api.catalogue import Catalogue
from geozone.api.inside import facilities_inside
from geozone.api.open_release import OpenRelease
from geozone.api.respond import json_bytes
from geozone.api.search import NameIndexes
from geozone.api.summary import (
    coverage_bands,
    history_of,
    series_of,
    summary_document,
    zone_document,
    zones_of,
)
from geozone.api.table import LayerTable
from geozone.geojson import plain_values
from geozone.types import Progress

__all__ = ["documents"]

_PREFIX = 3  # figures of a code that communes of one file share, as web/src/offline/folder.ts expects


def documents(
    catalogue: Catalogue, release: OpenRelease, names: NameIndexes, drawn: Sequence[str], progress: Progress
) -> Iterator[tuple[str, bytes]]:
    """Write the answers of the service about one release.

    Parameters
    ----------
    catalogue : Catalogue
        A catalogue of that release alone.
    release : OpenRelease
        The release.
    names : NameIndexes
        Where names are searched.
    drawn : sequence of str
        Layers that have tiles in the bundle.
    progress : callable
        Told of each group of communes.

    Yields
    ------
    name : str
        Name of a file.
    data : bytes
        JSON.
    """
    summary = summary_document(release, "data", "")
    summary["layers"] = [layer for layer in summary["layers"] if layer["id"] in drawn]
    yield "data/summary.json", json_bytes(summary)
    [line] = catalogue.lines()
    entry = {
        "digest": line.digest,
        "decision": line.decision,
        "as_of": line.as_of.isoformat(),
        "created_at": line.created_at,
        "current": True,
    }
    yield "data/releases.json", json_bytes({"releases": [entry]})
    if release.has("communes"):
        yield "data/search.json", json_bytes(names.of(release).everything())
        yield from _communes(catalogue, release, progress)
    yield "data/zones.json", json_bytes(_zones(release))


def _communes(catalogue: Catalogue, release: OpenRelease, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Write every commune as ``commune_document`` does one, in one pass over the tables."""
    table = release.table("communes")
    coverage = _values(release.table("coverage")) if release.has("coverage") else {}
    with_zones, with_cases = _codes_in_zones(release), _codes_with_cases(release)
    groups: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row, (code, values) in enumerate(_values(table).items()):
        groups[code[:_PREFIX]][code] = {
            **values,
            "bbox": table.box(row),
            "coverage": coverage_bands(coverage[code]) if code in coverage else [],
            "series": series_of(release, code) if code in with_cases else [],
            "zones": zones_of(release, code) if code in with_zones else [],
            "history": history_of(catalogue, code),
            "facilities": facilities_inside(release, "communes", row),
        }
    for done, (prefix, found) in enumerate(sorted(groups.items())):
        progress("communes", done, len(groups))
        yield f"data/communes/{prefix}.json", json_bytes(found)
    progress("communes", len(groups), len(groups))


def _values(table: LayerTable) -> dict[str, dict[str, Any]]:
    """Read the served properties of every feature, by identifier in the order of the rows."""
    columns = [
        plain_values(table.attributes[name], is_json=name in table.spec.json_columns)
        for name in table.properties
    ]
    rows = (dict(zip(table.properties, row, strict=True)) for row in zip(*columns, strict=True))
    return dict(zip(table.ids, rows, strict=True))


def _codes_in_zones(release: OpenRelease) -> set[str]:
    if not release.has("containment_zones"):
        return set()
    texts = release.table("containment_zones").attributes["communes"].dropna()
    return {part["code"] for text in texts for part in orjson.loads(text)}


def _codes_with_cases(release: OpenRelease) -> set[str]:
    return set(release.attributes("case_counts")["code"]) if release.has("case_counts") else set()


def _zones(release: OpenRelease) -> dict[str, Any]:
    layers = [layer for layer in ("containment_zones", "buffer_zones") if release.has(layer)]
    found = sorted(zone for layer in layers for zone in release.table(layer).ids)
    return {zone: zone_document(release, zone) for zone in found}
