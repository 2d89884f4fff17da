"""Administrative units: two editions, the crosswalk between them, population and doses."""

from geozone.admin.embedded_units import load_crosswalk, load_names, load_units
from geozone.admin.units import AdminUnits

__all__ = ["AdminUnits", "load_crosswalk", "load_names", "load_units"]
