"""The R-tree: a static one over units, a live one over cases and clusters.

``UnitIndex`` packs once (GEOS's STR tree, and a grid for bulk questions) and answers for whole
arrays. ``LiveIndex`` is edited in place (libspatialindex's R*-tree) and answers in metres.
"""

from geozone.index.live import LiveIndex
from geozone.index.units import UnitIndex

__all__ = ["LiveIndex", "UnitIndex"]
