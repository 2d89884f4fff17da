"""The columns of a gazetteer's tables."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

__all__ = ["PLACES"]

PLACES: Final = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("other_names", pa.string()),
        pa.field("number", pa.string()),
        pa.field("lon", pa.float64(), nullable=False),
        pa.field("lat", pa.float64(), nullable=False),
        pa.field("radius_m", pa.float64(), nullable=False),
        pa.field("shape", pa.binary()),
        pa.field("source_id", pa.string()),
    ]
)
"""One row per place.

``name`` is that of the place; of an address that of its street or hamlet, perhaps with the number before it.
``other_names`` are parted by semicolons. ``number`` is a house number as written. ``lon``, ``lat``
(EPSG:4326) is a point of the place, ``radius_m`` reaches from it over the whole place, metres. ``shape`` is
the WKB line of a street. ``source_id`` is the identifier in the source file."""
