"""Drafts: the one composition of zones, levels and coverage as of a day, and what is made of them."""

from geozone.draft.drawing import draw
from geozone.draft.history import DayOfZones, ZoneHistory, history_of, zone_sentences
from geozone.draft.inputs import Inputs
from geozone.draft.placements import count_placements
from geozone.draft.replaying import Replay, replay
from geozone.draft.result import Draft, DraftRules

__all__ = [
    "DayOfZones",
    "Draft",
    "DraftRules",
    "Inputs",
    "Replay",
    "ZoneHistory",
    "count_placements",
    "draw",
    "history_of",
    "replay",
    "zone_sentences",
]
