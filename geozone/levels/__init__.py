"""The epidemic level of every unit by a rule set, with why, and what would lower it."""

from geozone.levels.assessment import assess
from geozone.levels.spatial import adjacency

__all__ = ["adjacency", "assess"]
