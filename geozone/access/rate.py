"""How often somebody may try: buckets that fill again with time."""

from __future__ import annotations

import threading
from collections import OrderedDict

__all__ = ["RateLimit"]

_MOST_KNOWN = 10_000


class RateLimit:
    """Allows bursts up to a number, and so many a second for long; safe to share between threads.

    Parameters
    ----------
    burst : int
        At once.
    per_second : float
        For long.
    """

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = float(burst), per_second
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, who: str, now_s: float) -> float:
        """Take one, or tell how long to wait.

        Parameters
        ----------
        who : str
            Whose bucket.
        now_s : float
            A clock that never goes back, seconds.

        Returns
        -------
        float
            0 if one was taken, else seconds until there is one.
        """
        with self._lock:
            left, seen_s = self._held.pop(who, (self._burst, now_s))
            left = min(self._burst, left + max(0.0, now_s - seen_s) * self._per_second)
            taken = left >= 1.0
            self._held[who] = (left - 1.0 if taken else left, now_s)
            # Whoever was longest away has the fullest bucket: forgetting it gives little.
            while len(self._held) > _MOST_KNOWN:
                self._held.popitem(last=False)
            return 0.0 if taken else (1.0 - left) / self._per_second
