"""Below the commune: houses, alleys, streets, hamlets and estates, found in a gazetteer."""

from geozone.geocoding.street.ground import Ground
from geozone.geocoding.street.pinpoint import Pinpointer

__all__ = ["Ground", "Pinpointer"]
