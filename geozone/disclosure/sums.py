"""The sum of ranges, told as narrowly as it can be without narrowing any of them.

With parts that lie in ranges, and a sum told as ``a`` to ``b``: a part can still take every value of its
range if, and only if, the others can make up the difference, which holds for each part when ``b`` is at
least the least sum plus the widest range, and ``a`` at most the greatest sum less the widest range. The
places where one told range ends and the next begins are chosen by this from the ranges alone, never from
the sum itself, so that the choice tells nothing either. Sums of sums, province over communes, are safe by
the same argument from the top down.
"""

from __future__ import annotations

import numpy as np

from geozone.disclosure.curves import IntArray, Range

__all__ = ["told_sum"]


def told_sum(total: int, parts: Range, step: int) -> tuple[int, int]:
    """Choose the range in which a sum is told.

    Parameters
    ----------
    total : int
        The sum.
    parts : Range
        What is told of its parts.
    step : int
        Where it is safe, ranges begin at the multiples of this.

    Returns
    -------
    tuple of int
        The least and the most that is told.
    """
    least, most = int(parts.least.sum()), int(parts.most.sum())
    if len(parts.least) == 0:
        return total, total
    widest = int((parts.most - parts.least).max())
    cuts = _cuts(least + widest + 1, most - widest, step)
    below = cuts[cuts <= total]
    above = cuts[cuts > total]
    return (int(below[-1]) if len(below) else least), (int(above[0]) - 1 if len(above) else most)


def _cuts(first: int, last: int, step: int) -> IntArray:
    """Multiples of a step from one number to another."""
    return np.arange(-(-first // step) * step, last + 1, step, dtype=np.int64)
