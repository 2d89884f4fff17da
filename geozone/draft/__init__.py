"""Drafts: the one composition of zones, levels and coverage as of a day, and what is made of them."""

from geozone.draft.drawing import draw
from geozone.draft.placements import count_placements
from geozone.draft.result import Draft, DraftRules

__all__ = ["Draft", "DraftRules", "count_placements", "draw"]
