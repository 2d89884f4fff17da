"""Answers about a whole release, one commune, one zone: what OGC API Features does not cover."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from geozone.api.catalogue import Catalogue
from geozone.api.inside import facilities_inside
from geozone.api.open_release import OpenRelease
from geozone.api.problems import ProblemError
from geozone.geojson import plain_values

__all__ = [
    "commune_document",
    "coverage_bands",
    "first_view",
    "history_of",
    "series_of",
    "summary_document",
    "zone_document",
    "zones_of",
]

_VIET_NAM = (102.1, 8.1, 109.6, 23.5)
_HISTORY = 60
_MOST = 0.9  # of the placed cases, held by the provinces that the map opens on
_MARGIN = 0.05  # of the width and height, so that no zone touches the edge
Box = tuple[float, float, float, float]
_BAND = re.compile(r"dose(\d+)_(\d+)(?:_(\d+|plus))?_(percent|vaccinated|denominator|flag)")


def summary_document(release: OpenRelease, base: str, pin: str) -> dict[str, Any]:
    """Sum a release up.

    Parameters
    ----------
    release : OpenRelease
        The release.
    base : str
        Address of the service.
    pin : str
        Query that names the release, or nothing.

    Returns
    -------
    dict
        The release, its counts, where it is, its layers.
    """
    manifest = release.manifest
    rules = manifest["rules"]
    warnings = manifest["warnings"]
    return {
        "release": {
            "digest": release.digest,
            "decision": manifest["decision"],
            "as_of": manifest["as_of"],
            "created_at": manifest["created_at"],
            "rule_set": {
                **{name: rules.get(name) for name in ("id", "name_vi", "name_en", "verified", "legal_basis")},
                "thresholds": rules.get("thresholds", []),
            },
            "edition": manifest["edition"],
            "boundary_quality": manifest["boundary_quality"],
            "warnings_vi": [warning[0] for warning in warnings],
            "warnings_en": [warning[1] for warning in warnings],
            "small_under": manifest.get("disclosure", {}).get("small_under"),
        },
        "counts": manifest["counts"],
        "bounds": list(first_view(release)),
        "layers": [
            {
                "id": spec.id,
                "title_vi": spec.title_vi,
                "title_en": spec.title_en,
                "geometry": spec.geometry,
                "tilejson": f"{base}/tiles/{spec.id}.json{pin}",
            }
            for spec in release.layers
        ],
    }


def first_view(release: OpenRelease) -> Box:
    """Find where to look first: at the outbreak, else at all communes, else at the country.

    Parameters
    ----------
    release : OpenRelease
        The release.

    Returns
    -------
    tuple of float
        West, south, east, north, degrees.
    """
    if not release.has("communes"):
        return _VIET_NAM
    table = release.table("communes")
    boxes = table.boxes[_outbreak(table.attributes)]
    boxes = boxes[~np.isnan(boxes).any(axis=1)]
    if not len(boxes):
        return _VIET_NAM if table.bounds is None else _rounded(table.bounds)
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    across, up = _MARGIN * (east - west), _MARGIN * (north - south)
    return _rounded((west - across, south - up, east + across, north + up))


def _outbreak(communes: pd.DataFrame) -> NDArray[np.bool_]:
    """Choose the communes that the outbreak is in.

    They have a case or lie in a certain zone, and are of the fewest provinces that together hold
    nine placed cases in ten: a single far case does not widen the view.
    """
    in_zone = np.zeros(len(communes), dtype=bool)
    if "in_zone" in communes.columns:
        in_zone = communes["in_zone"].isin(("part", "whole")).to_numpy(dtype=bool)
    if not {"province_code", "cases_total"} <= set(communes.columns):
        return in_zone
    cases = pd.to_numeric(communes["cases_total"]).fillna(0).to_numpy(dtype=float)
    sums = pd.Series(cases).groupby(communes["province_code"].to_numpy()).sum()
    ordered = sums[sums > 0].sort_values(ascending=False, kind="stable")
    before = ordered.cumsum() - ordered
    chosen = ordered.index[(before < _MOST * ordered.sum()).to_numpy()]
    return np.asarray((in_zone | (cases > 0)) & communes["province_code"].isin(chosen).to_numpy(dtype=bool))


def _rounded(box: Box) -> Box:
    west, south, east, north = (round(float(edge), 6) for edge in box)
    return west, south, east, north


def commune_document(catalogue: Catalogue, release: OpenRelease, code: str) -> dict[str, Any]:
    """Tell everything about one commune.

    Parameters
    ----------
    catalogue : Catalogue
        Every release, for its history.
    release : OpenRelease
        The release read.
    code : str
        GSO code.

    Returns
    -------
    dict
        Properties, coverage, series of cases, zones, history, facilities.

    Raises
    ------
    ProblemError
        404 if the release has no such commune.
    """
    table = release.table("communes")
    row = table.row(code)
    if row is None:
        raise ProblemError(404, "There is no commune with that code in this release.")
    return {
        **table.values(row),
        "bbox": table.box(row),
        "coverage": _coverage(release, code),
        "series": series_of(release, code),
        "zones": zones_of(release, code),
        "history": history_of(catalogue, code),
        "facilities": facilities_inside(release, "communes", row),
    }


def _coverage(release: OpenRelease, code: str) -> list[dict[str, Any]]:
    if not release.has("coverage"):
        return []
    table = release.table("coverage")
    row = table.row(code)
    if row is None:
        return []
    return coverage_bands(table.values(row))


def coverage_bands(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tell the vaccination coverage of a commune by dose and ages.

    Parameters
    ----------
    values : mapping of str
        Its properties in the layer ``coverage``.

    Returns
    -------
    list of dict
        By dose, then by age.
    """
    bands: dict[tuple[int, int, int | None], dict[str, Any]] = {}
    for name, value in values.items():
        parts = _BAND.fullmatch(name)
        if parts is None:
            continue
        dose, low, high = int(parts[1]), int(parts[2]), _limit(parts[3])
        band = bands.setdefault(
            (dose, low, high),
            {
                "dose": dose,
                "age_from": low,
                "age_to": high,
                "vaccinated": None,
                "denominator": None,
                "coverage_percent": None,
                "coverage_flag": values.get("coverage_flag"),
            },
        )
        band[{"percent": "coverage_percent", "flag": "coverage_flag"}.get(parts[4], parts[4])] = value
    return [bands[key] for key in sorted(bands, key=lambda key: (key[0], key[1], key[2] or 999))]


def _limit(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def series_of(release: OpenRelease, code: str) -> list[dict[str, Any]]:
    """List the new cases of a commune by day.

    Parameters
    ----------
    release : OpenRelease
        The release read.
    code : str
        GSO code.

    Returns
    -------
    list of dict
        Days with cases, oldest first.
    """
    if not release.has("case_counts"):
        return []
    counts = release.attributes("case_counts")
    own = counts[counts["code"] == code].sort_values("date")
    names = [name for name in ("date", "cases", "cases_upper", "possible_cases") if name in own.columns]
    columns = [plain_values(own[name]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def zones_of(release: OpenRelease, code: str) -> list[dict[str, Any]]:
    """List the containment zones that a commune is in.

    Parameters
    ----------
    release : OpenRelease
        The release read.
    code : str
        GSO code.

    Returns
    -------
    list of dict
        Certain ones first.
    """
    if not release.has("containment_zones"):
        return []
    zones = release.table("containment_zones").attributes
    found = []
    candidates = zones[zones["communes"].str.contains(f'"{code}"', regex=False, na=False)]
    for position, text in zip(candidates.index, candidates["communes"], strict=True):
        zone = candidates.loc[[position]]
        for part in orjson.loads(text):
            if part["code"] == code:
                entry = {name: plain_values(zone[name])[0] for name in ("zone_id", "certainty")}
                entry["share"] = part.get("share")
                entry["whole"] = part.get("whole")
                entry |= {name: plain_values(zone[name])[0] for name in ("opened_on", "earliest_lift_on")}
                found.append(entry)
    return sorted(found, key=lambda entry: (entry["certainty"], entry["zone_id"]))


def history_of(catalogue: Catalogue, code: str) -> list[dict[str, Any]]:
    """List the level of a commune in every release.

    Parameters
    ----------
    catalogue : Catalogue
        The releases.
    code : str
        GSO code.

    Returns
    -------
    list of dict
        Oldest day first.
    """
    history = []
    for line in reversed(catalogue.lines()[:_HISTORY]):
        levels = catalogue.levels(line.digest)
        if code in levels:
            as_of = line.as_of.isoformat()
            history.append({"as_of": as_of, "digest": line.digest, "epidemic_level": levels[code]})
    return sorted(history, key=lambda entry: str(entry["as_of"]))


def zone_document(release: OpenRelease, zone_id: str) -> dict[str, Any]:
    """Tell everything about one zone, its communes decoded.

    Parameters
    ----------
    release : OpenRelease
        The release read.
    zone_id : str
        Identifier of a containment or buffer zone.

    Returns
    -------
    dict
        Its layer, properties and box.

    Raises
    ------
    ProblemError
        404 if the release has no such zone.
    """
    for layer in ("containment_zones", "buffer_zones"):
        if not release.has(layer):
            continue
        table = release.table(layer)
        row = table.row(zone_id)
        if row is not None:
            return {
                "layer": layer,
                **table.values(row),
                "lifting": _lifting(release, zone_id),
                "facilities": facilities_inside(release, layer, row),
                "bbox": table.box(row),
            }
    raise ProblemError(404, "There is no zone with that identifier in this release.")


def _lifting(release: OpenRelease, zone_id: str) -> list[dict[str, Any]]:
    """List the parts that a zone may be lifted in, the earliest first."""
    if not release.has("lifting"):
        return []
    schedule = release.attributes("lifting")
    own = schedule[(schedule["zone_id"] == zone_id).to_numpy(dtype=bool)].sort_values("step")
    names = [name for name in own.columns if name != "zone_id"]
    columns = [plain_values(own[name]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
