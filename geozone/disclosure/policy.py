"""How small a count must be to be withheld."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geozone.errors import DataError, Fault

__all__ = ["Disclosure"]

_LEAST = 3
_ZONE_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The rule by which counts of cases are published.

    Attributes
    ----------
    small_under : int
        Counts from 1 to one less than this are told only as a range; 0 publishes every count as it is.

    Raises
    ------
    DataError
        If it is 1, 2 or negative: such a rule would withhold nothing.
    """

    small_under: int = 5

    def __post_init__(self) -> None:
        if self.small_under and self.small_under < _LEAST:
            found = str(self.small_under)
            raise DataError("small counts", [Fault(None, "small_under", found, f"0, or {_LEAST} and more")])

    @property
    def withholds(self) -> bool:
        """Whether any count is told as a range."""
        return self.small_under > 0

    @property
    def width(self) -> int:
        """How many values the range of a small count has: from 1 to below ``small_under``."""
        return self.small_under - 1

    @property
    def zone_step(self) -> int:
        """Steps in which the cases of a zone are told.

        Wide, because the cases of a zone are those of a window that slides: its last case day may move on
        every day, and a narrow range that holds still meanwhile would leave one case for each day.
        """
        return _ZONE_FACTOR * self.small_under

    def told(self) -> dict[str, Any]:
        """Say it as a manifest has it.

        Returns
        -------
        dict
            ``small_under``, and ``zone_step`` where counts are withheld.
        """
        if not self.withholds:
            return {"small_under": 0}
        return {"small_under": self.small_under, "zone_step": self.zone_step}
