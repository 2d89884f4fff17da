"""Time that one request may spend on a filter, given up between steps that are short by construction.

It is the time of the processor, so that a busy machine refuses nothing that an idle one answers.
"""

from __future__ import annotations

import time

from geozone.api.filters.faults import FilterError

__all__ = ["Budget"]


class Budget:
    """Seconds of the processor that working out a filter may take, in the thread that makes the budget.

    Parameters
    ----------
    seconds : float
        The most, from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.thread_time() + seconds

    def check(self) -> None:
        """Give up if the time is over.

        Raises
        ------
        FilterError
            If it is.
        """
        if time.thread_time() > self._until:
            raise FilterError("takes longer to work out than one request may; use a bbox or simpler geometry")
