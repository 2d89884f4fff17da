"""The epidemic level of every unit by a rule set, with why, and what would lower it."""

from geozone.levels.alternatives import LevelChanges, assess_placings, is_local
from geozone.levels.assessment import assess
from geozone.levels.spatial import adjacency

__all__ = ["LevelChanges", "adjacency", "assess", "assess_placings", "is_local"]
