"""Doubtful addresses: which they are, what each answer would change, and what a decision teaches."""

from geozone.review.doubts import SURE_SCORE, Doubt, DoubtKind, Option, OptionKind, find_doubts
from geozone.review.effects import Basis, Change, Effect, Stake, effects_of
from geozone.review.identity import address_keys, canonical
from geozone.review.queue import QueueEntry, build_queue
from geozone.review.sentences import say_effect

__all__ = [
    "SURE_SCORE",
    "Basis",
    "Change",
    "Doubt",
    "DoubtKind",
    "Effect",
    "Option",
    "OptionKind",
    "QueueEntry",
    "Stake",
    "address_keys",
    "build_queue",
    "canonical",
    "effects_of",
    "find_doubts",
    "say_effect",
]
