"""What changed between two releases: zones opened, closed, grown and shrunk; levels raised and lowered.

Zones are followed by where they are, not by name alone: zones of one layer and certainty that share
ground belong together, so that two zones which became one are told as merged, not as closed and opened.
Green zones are parts of communes and are followed by the commune's code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone.geodesy import area_km2
from geozone.types import Certainty

__all__ = ["ReleaseDifference", "diff"]

_ZONE_LAYERS = ("containment_zones", "buffer_zones", "green_zones")
_SAME_KM2 = 1e-6
_SLIVER_DEG2 = 1e-10
"""About a square metre: what two outlines of the same ground may differ by rounding."""
_COLUMNS = (
    "layer",
    "change",
    "id",
    "name",
    "certainty",
    "before",
    "after",
    "area_km2_before",
    "area_km2_after",
    "residents_before",
    "residents_after",
)
_TOLD_OF_GROUND = ("layer", "change", "id", "name", "certainty")
_LEVEL_WORDS = {"level-raised", "level-lowered", "level-known", "level-unknown"}


class Comparable(Protocol):
    """What is read of a release to compare it."""

    @property
    def digest(self) -> str:
        """Digest of its manifest."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers it holds."""

    def layer(self, name: str) -> pd.DataFrame:
        """Read a layer with its geometry."""

    def attributes(self, name: str) -> pd.DataFrame:
        """Read a layer without its geometry."""

    def attributes_digest(self, name: str) -> str:
        """Digest of the attributes of a layer."""

    def geometry_digest(self, name: str) -> str | None:
        """Digest of the geometry of a layer."""


class _ZoneChange(NamedTuple):
    """A zone that changed, and the ground that it gained and lost."""

    row: dict[str, Any]
    added: shapely.Geometry
    removed: shapely.Geometry


@dataclass(frozen=True, slots=True)
class ReleaseDifference:
    """What changed from one release to another.

    Attributes
    ----------
    a, b : str
        Digests of the two releases.
    table : DataFrame
        ``layer, change, id, name, certainty, before, after, area_km2_before, area_km2_after,
        residents_before, residents_after``. ``change`` is ``opened``, ``closed``, ``grown``, ``shrunk``,
        ``moved``, ``merged``, ``split``, ``regrouped`` for zones; ``level-raised``, ``level-lowered``,
        ``level-known``, ``level-unknown`` for communes. ``name`` is the commune, or the communes of the
        zone. ``before`` and ``after`` are zones, or levels.
    ground : GeoDataFrame
        The ground that came to a zone and the ground that left one: ``layer, change, id, name, certainty,
        part`` (``added`` or ``removed``), ``area_km2``, and geometry in EPSG:4326.
    """

    a: str
    b: str
    table: pd.DataFrame
    ground: gpd.GeoDataFrame

    def to_dict(self) -> dict[str, Any]:
        """Write it for machines.

        Returns
        -------
        dict
            Plain values.
        """
        plain = self.table.astype(object).where(self.table.notna(), None)
        return {
            "a": self.a,
            "b": self.b,
            "changes": plain.to_dict("records"),
            "counts": self.counts(),
            "people": self.people(),
        }

    def people(self) -> dict[str, dict[str, float | int]]:
        """Add up who came under lockdown and who was released, by the certainty of the zone.

        Returns
        -------
        dict
            For ``certain`` and ``possible`` containment zones: ``added`` and ``released``, people, the net
            change of each zone; and ``unknown``, the changed zones whose residents are not known on both
            days, which are in neither sum.
        """
        zones = self.table[self.table["layer"] == "containment_zones"]
        found = {}
        for certainty in Certainty:
            own = zones[zones["certainty"] == str(certainty)]
            before = own["residents_before"].mask(own["change"] == "opened", 0.0)
            after = own["residents_after"].mask(own["change"] == "closed", 0.0)
            net = after - before
            found[str(certainty)] = {
                "added": round(float(net.clip(lower=0).sum()), 1),
                "released": round(float((-net).clip(lower=0).sum()), 1),
                "unknown": int(net.isna().sum()),
            }
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the changes.

        Returns
        -------
        dict
            By layer, then by change.
        """
        found: dict[str, dict[str, int]] = {}
        for (layer, change), rows in self.table.groupby(["layer", "change"], sort=True):
            found.setdefault(str(layer), {})[str(change)] = len(rows)
        return found

    def lines(self) -> tuple[str, ...]:
        """Write it for people.

        Returns
        -------
        tuple of str
            One line per change, headed by the counts.
        """
        head = f"From {self.a[:12]} to {self.b[:12]}:"
        if self.table.empty:
            return (f"{head} nothing changed",)
        sums = [
            f"  {layer}: " + ", ".join(f"{number} {change}" for change, number in changes.items())
            for layer, changes in self.counts().items()
        ]
        people = [
            f"  people, {certainty} zones: {told['added']:.0f} added, {told['released']:.0f} released"
            + (f", {told['unknown']} zones unknown" if told["unknown"] else "")
            for certainty, told in self.people().items()
            if any(told.values())
        ]
        return (head, *sums, *people, *(self._line(row) for row in self.table.to_dict("records")))

    @staticmethod
    def _line(row: dict[str, Any]) -> str:
        name = "" if pd.isna(row["name"]) else f" {row['name']}"
        text = f"{row['layer']:<18} {row['change']:<13} {row['id']}{name}"
        if row["change"] in _LEVEL_WORDS:
            levels = ["no data" if pd.isna(row[side]) else row[side] for side in ("before", "after")]
            return f"{text}: {levels[0]} -> {levels[1]}"
        areas = [row["area_km2_before"], row["area_km2_after"]]
        told = ["-" if pd.isna(area) else f"{area:.3f} km²" for area in areas]
        return f"{text}: {told[0]} -> {told[1]}"


def diff(a: Comparable, b: Comparable) -> ReleaseDifference:
    """Compare two releases.

    Parameters
    ----------
    a, b : Release, or what is read like one
        Before and after.

    Returns
    -------
    ReleaseDifference
        Rows by layer, then by change and identifier.
    """
    changes = [change for name in _ZONE_LAYERS for change in _zone_changes(name, a, b)]
    rows = [change.row for change in changes] + list(_level_changes(a, b))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    kinds = {name: "float64" if "km2" in name or "residents" in name else "str" for name in _COLUMNS}
    return ReleaseDifference(a.digest, b.digest, table.astype(kinds), _ground(changes))


def _ground(changes: list[_ZoneChange]) -> gpd.GeoDataFrame:
    """Lay the parts of the changed zones out, one row each; a sliver is no change."""
    parts = [
        (change.row, part, shape)
        for change in changes
        for part, shape in (("added", change.added), ("removed", change.removed))
        if shapely.area(shape) > _SLIVER_DEG2
    ]
    table = {name: pd.Series([row[name] for row, _, _ in parts], dtype="str") for name in _TOLD_OF_GROUND}
    table["part"] = pd.Series([part for _, part, _ in parts], dtype="str")
    shapes = np.array([shape for _, _, shape in parts], dtype=object)
    table["area_km2"] = pd.Series(area_km2(shapes) if parts else [], dtype="float64")
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Leave out the lines and points that an overlay may give."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _zone_changes(name: str, a: Comparable, b: Comparable) -> Iterator[_ZoneChange]:
    if name not in a.layer_names or name not in b.layer_names:
        return
    if _digests(a, name) == _digests(b, name):
        return
    before, after = a.layer(name), b.layer(name)
    assert isinstance(before, gpd.GeoDataFrame)  # noqa: S101
    assert isinstance(after, gpd.GeoDataFrame)  # noqa: S101
    key = "zone_id" if "zone_id" in before.columns else "code"
    outlines = [np.asarray(shapely.to_wkb(one.geometry.to_numpy()), dtype=object) for one in (before, after)]
    changes = []
    for old, new in _groups(before, after, key):
        if len(old) == len(new) and set(outlines[0][old]) == set(outlines[1][new]):
            continue
        change = _change(before.iloc[old], after.iloc[new])
        if change is None:
            continue
        was, now = (shapely.union_all(one.geometry.to_numpy()) for one in (before.iloc[old], after.iloc[new]))
        row = _zone_row(name, change, key, before.iloc[old], after.iloc[new])
        changes.append(_ZoneChange(row, _areal(now.difference(was)), _areal(was.difference(now))))
    yield from sorted(changes, key=lambda found: (found.row["change"], found.row["id"]))


def _digests(release: Comparable, name: str) -> tuple[str, str | None]:
    return release.attributes_digest(name), release.geometry_digest(name)


def _groups(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, key: str) -> list[tuple[Any, Any]]:
    """Positions of the zones that belong together: they share ground, or their name."""
    total = len(before) + len(after)
    old, new = _sharing(before, after) if key == "zone_id" else (np.zeros(0, int), np.zeros(0, int))
    named = pd.Index(before[key]).get_indexer_for(after[key]) if len(before) else np.full(len(after), -1)
    known = np.flatnonzero(named >= 0)
    rows = np.concatenate([old, named[known]]).astype(int)
    columns = np.concatenate([new, known]).astype(int) + len(before)
    from scipy.sparse import coo_array  # noqa: PLC0415 - half a second that only a difference needs
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(total, total))
    labels = connected_components(graph, directed=False)[1] if total else np.zeros(0, dtype=int)
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if total else []
    return [(part[part < len(before)], part[part >= len(before)] - len(before)) for part in parts]


def _sharing(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Pairs of zones of one certainty that share more than a sliver of ground.

    A zone that is the same on both days is its own pair, and no other is looked for: zones of a day do not
    overlap. Most are such, and to overlay them with all that they touch would take most of the time.
    """
    left, right = before.geometry.to_numpy(), after.geometry.to_numpy()
    drawn = [
        list(zip(shapely.to_wkb(zones.geometry.to_numpy()), zones["certainty"], strict=True))
        for zones in (before, after)
    ]
    same_old, same_new = _equal_rows(*drawn)
    rest_old = np.setdiff1d(np.arange(len(left)), same_old)
    rest_new = np.setdiff1d(np.arange(len(right)), same_new)
    new, old = shapely.STRtree(left[rest_old]).query(right[rest_new], predicate="intersects")
    old, new = rest_old[old], rest_new[new]
    share = shapely.area(shapely.intersection(left[old], right[new])) > _SLIVER_DEG2
    share &= before["certainty"].to_numpy()[old] == after["certainty"].to_numpy()[new]
    return np.concatenate([same_old, old[share]]), np.concatenate([same_new, new[share]])


def _equal_rows(one: list[Any], other: list[Any]) -> tuple[Any, Any]:
    """Positions of what is on both sides."""
    at = {value: position for position, value in enumerate(one)}
    pairs = [(at[value], position) for position, value in enumerate(other) if value in at]
    old, new = np.array(pairs, dtype=int).reshape(-1, 2).T
    return old, new


def _change(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> str | None:
    if len(old) == 0:
        return "opened"
    if len(new) == 0:
        return "closed"
    if len(old) > 1 or len(new) > 1:
        return "merged" if len(new) == 1 else "split" if len(old) == 1 else "regrouped"
    grown = float(new["area_km2"].iloc[0] - old["area_km2"].iloc[0])
    if abs(grown) > _SAME_KM2:
        return "grown" if grown > 0 else "shrunk"
    apart = old.geometry.iloc[0].symmetric_difference(new.geometry.iloc[0]).area
    return "moved" if apart > _SLIVER_DEG2 else None


def _zone_row(
    layer: str, change: str, key: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame
) -> dict[str, Any]:
    told = new if len(new) else old
    name = told["name"].iloc[0] if "name" in told.columns and len(told) == 1 else _places(told)
    return {
        "layer": layer,
        "change": change,
        "id": ", ".join(sorted(told[key])),
        "name": name,
        "certainty": told["certainty"].iloc[0] if "certainty" in told.columns else None,
        "before": ", ".join(sorted(old[key])) or None,
        "after": ", ".join(sorted(new[key])) or None,
        "area_km2_before": _total(old, "area_km2"),
        "area_km2_after": _total(new, "area_km2"),
        "residents_before": _total(old, "residents"),
        "residents_after": _total(new, "residents"),
    }


def _places(zones: gpd.GeoDataFrame) -> str | None:
    """Name zones after their communes, the one with the most of it first."""
    if "communes" not in zones.columns:
        return None
    parts = [part for text in zones["communes"].dropna() for part in json.loads(text)]
    parts.sort(key=lambda part: -(part.get("share") or 0))
    return ", ".join(dict.fromkeys(part["name"] for part in parts)) or None


def _total(zones: gpd.GeoDataFrame, column: str) -> float | None:
    """Add up; unknown if any part is, for no data is not zero."""
    if column not in zones.columns or not len(zones):
        return None
    return float(zones[column].sum(skipna=False)) if zones[column].notna().all() else None


def _level_changes(a: Comparable, b: Comparable) -> Iterator[dict[str, Any]]:
    if "communes" not in a.layer_names or "communes" not in b.layer_names:
        return
    columns = ["code", "epidemic_level", "name"]
    before, after = a.attributes("communes")[columns], b.attributes("communes")[columns]
    both = before.merge(after, on="code", how="inner", suffixes=("_before", ""), validate="1:1")
    old = both["epidemic_level_before"].astype("Int64")
    new = both["epidemic_level"].astype("Int64")
    rows = []
    for code, name, was, now in zip(both["code"], both["name"], old, new, strict=True):
        if (pd.isna(was) and pd.isna(now)) or (not pd.isna(was) and not pd.isna(now) and was == now):
            continue
        change = (
            "level-known"
            if pd.isna(was)
            else "level-unknown"
            if pd.isna(now)
            else "level-raised"
            if now > was
            else "level-lowered"
        )
        rows.append(
            {
                **dict.fromkeys(_COLUMNS),
                "layer": "communes",
                "change": change,
                "id": code,
                "name": name,
                "before": None if pd.isna(was) else str(was),
                "after": None if pd.isna(now) else str(now),
            }
        )
    yield from sorted(rows, key=lambda row: (row["change"], row["id"]))
