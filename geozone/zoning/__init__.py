"""From geocoded cases to perimeters: clusters, containment zones, rings, green zones, clocks."""

from geozone.rules.zoning_rules import ZoningRules
from geozone.zoning.alternatives import Placing, ZoneChanges, zone_placings
from geozone.zoning.blocks import CAUTION, Ground
from geozone.zoning.caution import CAUTIONS, caution_curve
from geozone.zoning.clusters import cluster, cluster_points
from geozone.zoning.dissolve import dissolve_discs
from geozone.zoning.drawing import ZoneSet, zones
from geozone.zoning.green import green_zones, land_classes
from geozone.zoning.identity import ZoneTrace, compare_days
from geozone.zoning.land import HasCommunes, Land
from geozone.zoning.lifting import lifting_schedule, lifting_sentences
from geozone.zoning.live import LiveClusters
from geozone.zoning.live_zones import LiveZones
from geozone.zoning.partial import lift_parts, zone_parts
from geozone.zoning.people import People, PeoplePoints
from geozone.zoning.whatif import ZoneTotals, totals, trade_off

__all__ = [
    "CAUTION",
    "CAUTIONS",
    "Ground",
    "HasCommunes",
    "Land",
    "LiveClusters",
    "LiveZones",
    "People",
    "PeoplePoints",
    "Placing",
    "ZoneChanges",
    "ZoneSet",
    "ZoneTotals",
    "ZoneTrace",
    "ZoningRules",
    "caution_curve",
    "cluster",
    "cluster_points",
    "compare_days",
    "dissolve_discs",
    "green_zones",
    "land_classes",
    "lift_parts",
    "lifting_schedule",
    "lifting_sentences",
    "totals",
    "trade_off",
    "zone_parts",
    "zone_placings",
    "zones",
]
