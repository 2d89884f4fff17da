"""One edition of the administrative geography, as tables with outlines."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geozone.errors import DataError, Fault, NotFoundError
from geozone.geodesy import area_km2
from geozone.schema import UNITS
from geozone.types import AdminLevel, BoundaryQuality, Edition, Source

if TYPE_CHECKING:
    from geozone.index import UnitIndex

__all__ = ["AdminUnits"]

_METADATA_KEY = b"geozone"
_KINDS = (
    "Thành phố trực thuộc trung ương",
    "Thành phố",
    "Thị trấn",
    "Thị xã",
    "Đặc khu",
    "Phường",
    "Huyện",
    "Quận",
    "Tỉnh",
    "Xã",
)
"""Kinds of Vietnamese units, as they begin a full name; longest first."""


@dataclass(frozen=True)
class AdminUnits:
    """Communes of one edition, with the districts and provinces made of them.

    Attributes
    ----------
    edition : Edition
        Edition of the geography.
    communes : GeoDataFrame
        The `UNITS` contract and ``geometry``, EPSG:4326, in order of code, index 0 to n - 1.
    sources : tuple of Source
        Where the outlines came from; the first is that of the imported ones, if any.
    """

    edition: Edition
    communes: gpd.GeoDataFrame
    sources: tuple[Source, ...]

    @property
    def source(self) -> Source:
        """Where the outlines came from, the imported file first."""
        return self.sources[0]

    @property
    def boundary_quality(self) -> BoundaryQuality:
        """Trust in the outlines together: imported only if every one is."""
        imported = (self.communes["boundary_quality"] == BoundaryQuality.IMPORTED.value).all()
        return BoundaryQuality.IMPORTED if imported else BoundaryQuality.APPROXIMATE

    @cached_property
    def index(self) -> UnitIndex:
        """R-tree over the communes; position *i* is row *i* of `communes`."""
        from geozone.index import UnitIndex  # noqa: PLC0415 - built only where points are looked up

        return UnitIndex(self.communes.geometry.to_numpy())

    @cached_property
    def districts(self) -> gpd.GeoDataFrame:
        """Districts, dissolved from their communes; no rows where the edition has none."""
        communes = self.communes
        of_district = communes[communes["district_name"].notna() & communes["parent_code"].notna()]
        return _dissolve(of_district, "parent_code", "district_name", AdminLevel.DISTRICT)

    @cached_property
    def provinces(self) -> gpd.GeoDataFrame:
        """Provinces, dissolved from their communes; no rows where no commune names its province."""
        of_province = self.communes[self.communes["province_code"] != ""]
        return _dissolve(of_province, "province_code", "province_name", AdminLevel.PROVINCE)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the communes and their sources as one GeoParquet file, whole or not at all.

        Parameters
        ----------
        path : path-like
            The file to write; replaced by rename once complete.

        Returns
        -------
        Path
            The file.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.{uuid4().hex}")
        about = {"edition": self.edition.value, "sources": [list(source) for source in self.sources]}
        try:
            plain = BytesIO()
            self.communes.to_parquet(plain, compression=None, index=False)
            table = pq.read_table(pa.BufferReader(plain.getbuffer()))
            metadata = {**(table.schema.metadata or {}), _METADATA_KEY: json.dumps(about).encode()}
            pq.write_table(
                table.replace_schema_metadata(metadata),
                part,
                compression="zstd",
                compression_level=3,
                # Coordinates hardly repeat: a dictionary of them costs time and saves nothing.
                use_dictionary=[name for name in table.column_names if name != "geometry"],
            )
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return target

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> AdminUnits:
        """Read a file that `write` made.

        Parameters
        ----------
        path : path-like
            A GeoParquet file with the communes of one edition.

        Returns
        -------
        AdminUnits
            As it was written.

        Raises
        ------
        NotFoundError
            If there is no such file.
        DataError
            If the file is not one of ours or breaks the `UNITS` contract.
        """
        file = Path(path)
        if not file.is_file():
            raise NotFoundError(f"there is no unit file {file.name}")
        return cls.from_bytes(file.read_bytes(), name=file.name)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "units") -> AdminUnits:
        """Read the content of a file that `write` made.

        Parameters
        ----------
        data : bytes
            The file's content.
        name : str
            What to call it in messages.

        Returns
        -------
        AdminUnits
            As it was written.

        Raises
        ------
        DataError
            If the content is not ours or breaks the `UNITS` contract.
        """
        try:
            metadata = pq.read_metadata(pa.BufferReader(data)).metadata or {}
            about = json.loads(metadata[_METADATA_KEY])
            communes = gpd.read_parquet(BytesIO(data))
        except (KeyError, ValueError, pa.ArrowException) as error:
            fault = Fault(
                None, None, str(error) or type(error).__name__, "a file written by AdminUnits.write"
            )
            raise DataError(name, [fault]) from error
        UNITS.validate(communes, source=name)
        sources = tuple(Source(*source) for source in about["sources"])
        return cls(Edition(about["edition"]), communes, sources)


def kind_of(full_name: str) -> str:
    """Find the kind that begins a full name.

    Parameters
    ----------
    full_name : str
        Name with its kind: ``Phường Ba Đình``.

    Returns
    -------
    str
        The kind in lower case: ``phường``; empty if the name begins with none.
    """
    folded = full_name.casefold()
    for kind in _KINDS:
        if folded.startswith(kind.casefold() + " "):
            return kind.casefold()
    return ""


def name_of(full_name: str) -> str:
    """Drop the kind from a full name, unless only a number would be left.

    Parameters
    ----------
    full_name : str
        Name with its kind: ``Phường Ba Đình``, ``Quận 1``.

    Returns
    -------
    str
        ``Ba Đình``, ``1``.
    """
    kind = kind_of(full_name)
    return full_name[len(kind) + 1 :] if kind else full_name


def _dissolve(
    communes: gpd.GeoDataFrame, code_column: str, name_column: str, level: AdminLevel
) -> gpd.GeoDataFrame:
    rows: list[dict[str, object]] = []
    shapes: list[shapely.Geometry] = []
    for code, members in communes.groupby(code_column, sort=True):
        full_name = str(members[name_column].iloc[0])
        shape = _union(members.geometry.to_numpy())
        inside = shapely.point_on_surface(shape)
        qualities = set(members["boundary_quality"])
        imported = qualities == {BoundaryQuality.IMPORTED.value}
        district = level is AdminLevel.DISTRICT
        rows.append(
            {
                "code": code,
                "edition": members["edition"].iloc[0],
                "admin_level": level.value,
                "name": name_of(full_name),
                "full_name": full_name,
                "kind": kind_of(full_name),
                "parent_code": members["province_code"].iloc[0] if district else None,
                "province_code": members["province_code"].iloc[0],
                "province_name": members["province_name"].iloc[0],
                "district_name": full_name if district else None,
                "lon": inside.x,
                "lat": inside.y,
                "boundary_quality": (
                    BoundaryQuality.IMPORTED if imported else BoundaryQuality.APPROXIMATE
                ).value,
            }
        )
        shapes.append(shape)
    if not rows:
        return gpd.GeoDataFrame(UNITS.empty(), geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")
    table = UNITS.conform(pd.DataFrame(rows))
    table["area_km2"] = area_km2(np.array(shapes, dtype=object))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"), crs="EPSG:4326")


def _union(shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Dissolve a polygon coverage fast, or any polygons safely."""
    if shapely.coverage_is_valid(shapes):
        merged = shapely.coverage_union_all(shapes)
        if merged.is_valid:
            return merged
    return shapely.make_valid(shapely.union_all(shapes))
