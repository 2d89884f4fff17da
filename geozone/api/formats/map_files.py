"""Features as FlatGeobuf and GeoParquet: files that a geographic information system opens as they are."""

from __future__ import annotations

import io
from collections.abc import Iterator

from geozone.api.formats.feature_page import FeaturePage

__all__ = ["write_flatgeobuf", "write_geoparquet"]


def write_flatgeobuf(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as FlatGeobuf, with its spatial index.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        The file.
    """
    import pyogrio  # noqa: PLC0415 - loads GDAL, not for a start

    frame, is_point = page.frame(), page.table.spec.geometry == "point"
    written = io.BytesIO()
    pyogrio.write_dataframe(
        frame,
        written,
        driver="FlatGeobuf",
        layer=page.table.spec.id,
        geometry_type="Point" if is_point else "MultiPolygon",
        promote_to_multi=not is_point,
        SPATIAL_INDEX="YES" if page.presentation.has_geometry else "NO",
    )
    yield written.getvalue()


def write_geoparquet(page: FeaturePage) -> Iterator[bytes]:
    """Write a page as GeoParquet 1.1, with the box of each feature.

    Parameters
    ----------
    page : FeaturePage
        The page.

    Yields
    ------
    bytes
        The file.
    """
    written = io.BytesIO()
    page.frame().to_parquet(
        written, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True
    )
    yield written.getvalue()
