"""Zones and levels that follow each case that comes, moves or goes."""

from geozone.levels.live.day import DayChange, LiveDay
from geozone.levels.live.levels import LiveLevels, follows_cases

__all__ = ["DayChange", "LiveDay", "LiveLevels", "follows_cases"]
