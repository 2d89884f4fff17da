"""Enforceable perimeters: zones made of blocks, with the checkpoints on the roads that cross them."""

from geozone.zoning.blocks.block_files import BlockFile, read_blocks
from geozone.zoning.blocks.enclosure import CHECKPOINT_RESIDENTS, Enclosure
from geozone.zoning.blocks.enforce import CAUTION
from geozone.zoning.blocks.ground import Ground
from geozone.zoning.blocks.ground_files import GroundTable
from geozone.zoning.blocks.hamlets import Hamlets
from geozone.zoning.blocks.kinds import KINDS
from geozone.zoning.blocks.partition import Partition, PartitionOptions, divide
from geozone.zoning.blocks.people_files import PeopleFile, read_people
from geozone.zoning.blocks.road_files import RoadFile, read_roads

__all__ = [
    "CAUTION",
    "CHECKPOINT_RESIDENTS",
    "KINDS",
    "BlockFile",
    "Enclosure",
    "Ground",
    "GroundTable",
    "Hamlets",
    "Partition",
    "PartitionOptions",
    "PeopleFile",
    "RoadFile",
    "divide",
    "read_blocks",
    "read_people",
    "read_roads",
]
