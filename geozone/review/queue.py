"""The queue: doubts with the effect of every answer, those that decide most first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geozone.review.doubts import Doubt
from geozone.review.effects import Basis, Effect, Stake, effects_of
from geozone.types import Progress, ReviewOrder, no_progress

__all__ = ["QueueEntry", "build_queue"]


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A doubt with what is at stake.

    Attributes
    ----------
    doubt : Doubt
        The doubt.
    effects : tuple of Effect
        What each of its answers would change.
    """

    doubt: Doubt
    effects: tuple[Effect, ...]

    @property
    def expected(self) -> Stake:
        """People who would on average have the wrong status if the likeliest answer were taken unread."""
        return Stake(
            sum(effect.option.share * effect.against_first.certain for effect in self.effects),
            sum(effect.option.share * effect.against_first.possible for effect in self.effects),
        )

    @property
    def most(self) -> Stake:
        """People whose status depends on the answer, for the two answers that differ most."""
        return max((effect.against_first for effect in self.effects), default=Stake(0.0, 0.0))


def build_queue(
    basis: Basis,
    doubts: Sequence[Doubt],
    *,
    order: ReviewOrder = ReviewOrder.EFFECT,
    progress: Progress = no_progress,
) -> list[QueueEntry]:
    """Put doubts in the order of what they decide.

    Parameters
    ----------
    basis : Basis
        What is drawn now.
    doubts : sequence of Doubt
        The doubts; their rows are those of ``basis.cases``.
    order : ReviewOrder
        What comes first.
    progress : callable
        Told of each stage.

    Returns
    -------
    list of QueueEntry
        By effect: first the people whose level or certain zone would on average be wrong if the likeliest
        answer were taken, then those whose possible level or zone would be, then a doubt without any
        known answer (its effect is unknown, not nothing), then people affected. By cases: people
        affected, then effect.
    """
    effects = effects_of(basis, doubts, progress=progress)
    entries = [QueueEntry(doubt, found) for doubt, found in zip(doubts, effects, strict=True)]
    by_effect = {
        entry.doubt: (-entry.expected.certain, -entry.expected.possible, bool(entry.effects))
        for entry in entries
    }
    if order is ReviewOrder.CASES:
        return sorted(entries, key=lambda one: (-one.doubt.people, by_effect[one.doubt], one.doubt.place))
    return sorted(entries, key=lambda one: (by_effect[one.doubt], -one.doubt.people, one.doubt.place))
