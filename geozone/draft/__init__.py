"""Drafts: the one composition of zones, levels and coverage as of a day, and what is made of them."""

from geozone.draft.drawing import draw
from geozone.draft.edited import Edited
from geozone.draft.history import DayOfZones, ZoneHistory, history_of, zone_sentences
from geozone.draft.inputs import Inputs
from geozone.draft.live import LiveState, can_follow
from geozone.draft.parts import draft_parts
from geozone.draft.placements import count_placements
from geozone.draft.points import case_points
from geozone.draft.replaying import Replay, replay
from geozone.draft.result import Draft, DraftRules
from geozone.draft.rules_compared import RulesCompared, compare_rules
from geozone.draft.sketching import Sketch, sketch, sketch_of
from geozone.draft.varied import drawn_with
from geozone.draft.whatif import WhatIf, compared, differences, varied_zoning, what_if
from geozone.draft.whatif_words import trade_off_sentences, what_if_sentences

__all__ = [
    "DayOfZones",
    "Draft",
    "DraftRules",
    "Edited",
    "Inputs",
    "LiveState",
    "Replay",
    "RulesCompared",
    "Sketch",
    "WhatIf",
    "ZoneHistory",
    "can_follow",
    "case_points",
    "compare_rules",
    "compared",
    "count_placements",
    "differences",
    "draft_parts",
    "draw",
    "drawn_with",
    "history_of",
    "replay",
    "sketch",
    "sketch_of",
    "trade_off_sentences",
    "varied_zoning",
    "what_if",
    "what_if_sentences",
    "zone_sentences",
]
