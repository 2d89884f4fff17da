"""All measuring, on the WGS 84 ellipsoid: discs, distances, lengths, areas, buffers.

No other module may buffer or measure in degrees. Everything is vectorised over numpy arrays and
rests on one closed form: Legendre's series for the point at a given distance and direction, which
takes its two coefficients from the radii of curvature at the point of departure. Kept to the third
order it is true to 0.1 mm at 3 km anywhere up to 85°, and to 0.1 m at 150 km in Viet Nam (3 m at 60°).

The domain is latitudes up to 85° and shapes that do not cross the 180th meridian; outside it
functions that draw raise ``ValueError`` instead of drawing nonsense. ``distance_m`` works anywhere.

References
----------
Bomford, *Geodesy*, 4th ed., 2.14 (Legendre's series); Snyder, *Map Projections: A Working Manual*,
USGS PP 1395, eq. 3-12 (authalic latitude); Lambert's formula for long lines.
"""

from geozone.geodesy.ellipsoid import EQUATORIAL_RADIUS_M, FLATTENING, LocalFrame, degrees_per_metre
from geozone.geodesy.measures import area_km2, distance_m, length_m
from geozone.geodesy.shapes import area_true_radius_m, buffer_m, discs, segments_for

__all__ = [
    "EQUATORIAL_RADIUS_M",
    "FLATTENING",
    "LocalFrame",
    "area_km2",
    "area_true_radius_m",
    "buffer_m",
    "degrees_per_metre",
    "discs",
    "distance_m",
    "length_m",
    "segments_for",
]
