"""Queue entries as plain documents, the same for the command line and the service. Private."""

from __future__ import annotations

from typing import Any

from geozone.review.effects import Change, Effect
from geozone.review.queue import QueueEntry
from geozone.review.sentences import say_effect

__all__ = ["entry_document"]


def entry_document(entry: QueueEntry) -> dict[str, Any]:
    """Write an entry of the queue as a document.

    Parameters
    ----------
    entry : QueueEntry
        The entry.

    Returns
    -------
    dict
        Private: it holds the address. ``place`` names the entry; ``answers`` are numbered from 1.
    """
    doubt = entry.doubt
    return {
        "place": f"p{doubt.place}",
        "kind": str(doubt.kind),
        "address": doubt.address,
        "cases": doubt.cases,
        "people": doubt.people,
        "geo_status": doubt.status,
        "geo_level": doubt.level,
        "geo_score": round(doubt.score, 4),
        "geo_name": doubt.name,
        "geo_reason": doubt.reason,
        "people_at_stake": {
            "expected_certain": round(entry.expected.certain, 1),
            "expected_possible": round(entry.expected.possible, 1),
            "most_certain": round(entry.most.certain, 1),
            "most_possible": round(entry.most.possible, 1),
        },
        "answers": [_answer(number, effect) for number, effect in enumerate(entry.effects, start=1)],
    }


def _answer(number: int, effect: Effect) -> dict[str, Any]:
    return {
        "number": number,
        "kind": str(effect.option.kind),
        "code": effect.option.code,
        "name": effect.option.name,
        "share": round(effect.option.share, 4),
        "effect_vi": say_effect(effect, "vi"),
        "effect_en": say_effect(effect, "en"),
        "levels": [_change(change) for change in effect.levels],
        "possible_levels": [_change(change) for change in effect.possible_levels],
        "zone_people": round(effect.zone_people),
        "possible_zone_people": round(effect.possible_zone_people),
        "zone_km2": round(effect.zone_km2, 4),
        "possible_zone_km2": round(effect.possible_zone_km2, 4),
        "unknown_population": effect.unknown_population,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "code": change.code,
        "name": change.name,
        "before": change.before or None,
        "after": change.after or None,
    }
