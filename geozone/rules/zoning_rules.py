"""The part of a rule set that draws zones: distances in metres, clocks in days."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from geozone.types import CaseClass, ContactDegree, PlaceRole

__all__ = ["ZoningRules"]

_WHOLE = ("activity_days", "lift_days", "green_days", "step_down_days", "min_cluster_cases")


@dataclass(frozen=True, slots=True)
class ZoningRules:
    """What a rule set says about perimeters and their clocks.

    Attributes
    ----------
    activity_days : int
        A case counts as active while ``as_of - day < activity_days``; at least 1.
    link_m : float
        Two cases no farther apart than this belong to one cluster, metres. Discs that touch
        make one zone too, whatever this distance is.
    containment_m : float
        Radius of the containment disc around a case known to the street or better, metres.
    lift_days : int
        Days after the last case before a zone may be lifted.
    green_days : int
        Days without a case before an area may be green.
    buffer_widths_m : tuple of float
        Widths of the rings outside a containment zone, metres, each measured from the edge of
        the one before: a buffer zone, then a surveillance zone. Protection 3 km and surveillance
        10 km from the case is ``containment_m=3000, buffer_widths_m=(7000,)``.
    close_holes_km2 : float
        Holes of a containment zone up to this size are closed, km².
    step_down_days : int
        Days that a lifted zone stays under surveillance before it is free.
    min_cluster_cases : int
        Cases that a cluster needs before it gets a zone (Singapore counts two for dengue).
    clock : str
        Date that starts every clock: ``report_date``, or ``onset_date`` where it is known (the
        report date where it is not).
    case_classes : tuple of CaseClass
        Classes that open a zone.
    contact_degrees : tuple of ContactDegree
        Contact degrees that open a zone: F0, the patient.
    roles : tuple of PlaceRole
        Places of a case around which zones are drawn.
    uncertainty_share : float
        A place whose uncertainty is larger than this share of ``containment_m`` has its disc
        grown by the uncertainty, so that the zone still holds the true place with its radius.
    mask_m : float
        Side of the grid cells that places count as the middle of, metres, with discs grown to hold the
        rule's radius around all of the cell; 0 for none. No rule asks for it: a workspace does.
    green_coverage_percent : float, optional
        Vaccination coverage that a green area needs, percent; none if the rule asks for none.
    green_coverage_dose : int
        Dose that this coverage counts.
    green_coverage_age_from : int
        Youngest age of the people that this coverage counts, years.
    """

    activity_days: int
    link_m: float
    containment_m: float
    lift_days: int
    green_days: int
    buffer_widths_m: tuple[float, ...] = ()
    close_holes_km2: float = 0.0
    step_down_days: int = 0
    min_cluster_cases: int = 1
    clock: Literal["report_date", "onset_date"] = "report_date"
    case_classes: tuple[CaseClass, ...] = (CaseClass.CONFIRMED, CaseClass.PROBABLE)
    contact_degrees: tuple[ContactDegree, ...] = (ContactDegree.F0,)
    roles: tuple[PlaceRole, ...] = (PlaceRole.HOME, PlaceRole.WORK, PlaceRole.EXPOSURE)
    uncertainty_share: float = 0.25
    mask_m: float = 0.0
    green_coverage_percent: float | None = None
    green_coverage_dose: int = 1
    green_coverage_age_from: int = 18

    def __post_init__(self) -> None:
        """Refuse values that draw nothing or draw nonsense.

        Raises
        ------
        ValueError
            If a distance, a number of days or a share is outside its domain.
        """
        faults = [*self._whole_faults(), *self._distance_faults()]
        if self.clock not in ("report_date", "onset_date"):
            faults.append(f"clock is {self.clock!r}, expected report_date or onset_date")
        faults += [
            f"{name} is empty, expected at least one"
            for name in ("case_classes", "contact_degrees", "roles")
            if not getattr(self, name)
        ]
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def window_days(self) -> int:
        """Days that a case keeps its perimeter: no zone disappears before it may be lifted."""
        return max(self.activity_days, self.lift_days)

    def _whole_faults(self) -> list[str]:
        lowest = {"step_down_days": 0, "lift_days": 0, "green_days": 0}
        return [
            f"{name} is {getattr(self, name)!r}, expected a whole number of {lowest.get(name, 1)} or more"
            for name in _WHOLE
            if not isinstance(getattr(self, name), int) or getattr(self, name) < lowest.get(name, 1)
        ]

    def _distance_faults(self) -> list[str]:
        faults = []
        if not 0 < self.containment_m <= 200_000:
            faults.append(f"containment_m is {self.containment_m!r}, expected over 0 and at most 200 000")
        if not 0 <= self.link_m <= 200_000:
            faults.append(f"link_m is {self.link_m!r}, expected 0 to 200 000")
        faults += [
            f"buffer_widths_m holds {width!r}, expected over 0 and at most 200 000"
            for width in self.buffer_widths_m
            if not 0 < width <= 200_000
        ]
        if not (math.isfinite(self.close_holes_km2) and self.close_holes_km2 >= 0):
            faults.append(f"close_holes_km2 is {self.close_holes_km2!r}, expected 0 or more")
        if not 0 <= self.uncertainty_share <= 1:
            faults.append(f"uncertainty_share is {self.uncertainty_share!r}, expected 0 to 1")
        if not 0 <= self.mask_m <= 1_000:
            faults.append(f"mask_m is {self.mask_m!r}, expected 0 to 1 000")
        percent = self.green_coverage_percent
        if percent is not None and not 0 <= percent <= 100:
            faults.append(f"green_coverage_percent is {percent!r}, expected 0 to 100 or none")
        return faults
