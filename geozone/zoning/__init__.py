"""From geocoded cases to perimeters: clusters, containment zones, rings, green zones, clocks."""

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.clusters import cluster, cluster_points
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.drawing import ZoneSet, zones
from geozone.zoning.green import green_zones, land_classes
from geozone.zoning.identity import compare_days
from geozone.zoning.land import HasCommunes, Land

__all__ = [
    "HasCommunes",
    "Land",
    "ZoneSet",
    "ZoningRules",
    "cluster",
    "cluster_points",
    "compare_days",
    "dissolve_discs",
    "green_zones",
    "land_classes",
    "zones",
]
