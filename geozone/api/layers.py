"""The layers served: titles, and the only columns of each that leave a release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

__all__ = ["ANALYST_LAYERS", "LAYERS", "PRIVATE_LAYERS", "LayerSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """What is served of one layer.

    Attributes
    ----------
    id : str
        Name of the layer.
    title_vi, title_en : str
        Its titles.
    geometry : str
        ``polygon`` or ``point``.
    id_column : str
        Column that identifies a feature.
    properties : tuple of str
        Columns served as features; ``*`` stands for anything.
    not_in_tiles : tuple of str
        Those too long or too many for tiles; ``*`` as above, anywhere in the name.
    tile_decimals : int
        Decimals of numbers in tiles: fewer make them smaller.
    json_columns : tuple of str
        Those that hold JSON text.
    interval : tuple of str, optional
        First and last day of a feature, for ``datetime``.
    mesh : bool
        Whether polygons share borders.
    clustered_to : int, optional
        Last zoom at which points are gathered into clusters.
    """

    id: str
    title_vi: str
    title_en: str
    geometry: Literal["polygon", "point"]
    id_column: str
    properties: tuple[str, ...]
    not_in_tiles: tuple[str, ...] = ()
    tile_decimals: int = 4
    json_columns: tuple[str, ...] = ()
    interval: tuple[str, str] | None = None
    mesh: bool = False
    clustered_to: int | None = None

    def served(self, columns: Iterable[str]) -> list[str]:
        """Choose the columns that are served, in the order of the table.

        Parameters
        ----------
        columns : iterable of str
            Columns of a release's table.

        Returns
        -------
        list of str
            Those on the list.
        """
        return [name for name in columns if name != "geometry" and _listed(name, self.properties)]

    def in_tiles(self, properties: Iterable[str]) -> list[str]:
        """Choose the columns that tiles carry.

        Parameters
        ----------
        properties : iterable of str
            Columns served.

        Returns
        -------
        list of str
            Those short enough.
        """
        return [name for name in properties if not _listed(name, self.not_in_tiles)]


def _listed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


_CLUSTERED_TO = 12  # from 13 on the map names every point
_ZONE = (
    "zone_id",
    "certainty",
    "radius_m",
    "case_count",
    "case_count_upper",
    "opened_on",
    "last_case_on",
    "earliest_lift_on",
    "area_km2",
    "residents",
    "residents_method",
    "residents_method_vi",
    "households",
    "communes",
    "facility_count",
    "facility_kinds",
    "facilities",
    "free_on",
    "tied_count",
    "came_from",
    "boundary_quality",
)
_ZONE_TOO_LONG = ("communes", "residents_method*", "facility_kinds", "facilities", "came_from")

_BLOCKS = (
    "perimeter",
    "blocks",
    "checkpoints",
    "exposed_inside",
    "disc_area_km2",
    "disc_residents",
    "disc_checkpoints",
)
"""What the outline of a zone follows, and what the plain discs would come to."""

LAYERS: dict[str, LayerSpec] = {
    spec.id: spec
    for spec in (
        LayerSpec(
            id="communes",
            title_vi="Xã, phường, đặc khu và cấp độ dịch",
            title_en="Communes and epidemic levels",
            geometry="polygon",
            id_column="code",
            properties=(
                "code",
                "name",
                "full_name",
                "province_code",
                "province_name",
                "boundary_quality",
                "area_km2",
                "population",
                "population_flag",
                "epidemic_level",
                "level_status",
                "verified",
                "base_level",
                "possible_level",
                "previous_level",
                "cases_window",
                "cases_window_upper",
                "cases_total",
                "cases_total_upper",
                "rate_per_100k",
                "rate_per_100k_upper",
                "in_zone",
                "zone_share",
                "possible_zone",
                "coverage_18_dose1",
                "coverage_50_dose2",
                "why_vi",
                "why_en",
                "lower_vi",
                "lower_en",
                "lower_on",
                "detail",
            ),
            not_in_tiles=("why_vi", "why_en", "lower_vi", "lower_en", "lower_on", "detail"),
            json_columns=("detail",),
            mesh=True,
        ),
        LayerSpec(
            id="containment_zones",
            title_vi="Khu phong tỏa",
            title_en="Containment zones",
            geometry="polygon",
            id_column="zone_id",
            properties=(*_ZONE, *_BLOCKS),
            not_in_tiles=(*_ZONE_TOO_LONG, "blocks", "exposed_inside", "disc_*"),
            json_columns=("communes", "facility_kinds", "facilities", "came_from", "blocks"),
            interval=("opened_on", "earliest_lift_on"),
        ),
        LayerSpec(
            id="buffer_zones",
            title_vi="Vùng đệm",
            title_en="Buffer zones",
            geometry="polygon",
            id_column="zone_id",
            properties=(*_ZONE, "containment_ids"),
            not_in_tiles=(*_ZONE_TOO_LONG, "containment_ids"),
            json_columns=("communes", "facility_kinds", "facilities", "came_from", "containment_ids"),
            interval=("opened_on", "earliest_lift_on"),
        ),
        LayerSpec(
            id="green_zones",
            title_vi="Vùng xanh",
            title_en="Green zones",
            geometry="polygon",
            id_column="code",
            properties=(
                "code",
                "name",
                "days_without_cases",
                "criteria_vi",
                "criteria_en",
                "boundary_quality",
                "area_km2",
            ),
            not_in_tiles=("criteria_vi", "criteria_en"),
            mesh=True,
        ),
        LayerSpec(
            id="coverage",
            title_vi="Tỷ lệ tiêm chủng",
            title_en="Vaccination coverage",
            geometry="polygon",
            id_column="code",
            properties=("code", "name", "full_name", "province_name", "dose[1-9]_*", "coverage_flag"),
            not_in_tiles=("dose*_vaccinated", "dose*_denominator"),
            tile_decimals=1,
            mesh=True,
        ),
        LayerSpec(
            id="facilities",
            title_vi="Cơ sở",
            title_en="Facilities",
            geometry="point",
            id_column="facility_id",
            properties=("facility_id", "name", "kind", "zone_id"),
            clustered_to=_CLUSTERED_TO,
        ),
        LayerSpec(
            id="checkpoints",
            title_vi="Chốt kiểm soát",
            title_en="Checkpoints",
            geometry="point",
            id_column="checkpoint_id",
            properties=("checkpoint_id", "name", "zone_id", "kind"),
            clustered_to=_CLUSTERED_TO,
        ),
    )
}
"""Every layer anybody may read, in the order they are listed."""

ANALYST_LAYERS: dict[str, LayerSpec] = {
    "cases": LayerSpec(
        id="cases",
        title_vi="Ca bệnh",
        title_en="Cases",
        geometry="point",
        id_column="place_id",
        properties=(
            "place_id",
            "case_id",
            "role",
            "count",
            "report_date",
            "onset_date",
            "case_class",
            "contact_degree",
            "origin",
            "geo_level",
            "geo_uncertainty_m",
            "geo_commune_code",
            "zone_id",
        ),
        clustered_to=_CLUSTERED_TO,
    ),
}
"""Layers of drafts that only analysts may read; no release holds them."""

PRIVATE_LAYERS = frozenset(ANALYST_LAYERS)
"""Their names: 403 wherever they are asked of a release."""
