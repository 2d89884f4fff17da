"""GeoJSON (RFC 7946): named properties only, right-hand rule, 6 decimals, streamed.

Nothing of a table is served unless its column is named. Features are written from coordinate
arrays, a few hundred at a time, so memory stays bounded whatever the length of the table.
"""

from geozone.geojson.document import (
    feature_collection,
    features,
    plain_values,
    stream_collection,
    write_features,
)
from geozone.geojson.outlines import write_geometries

__all__ = [
    "feature_collection",
    "features",
    "plain_values",
    "stream_collection",
    "write_features",
    "write_geometries",
]
