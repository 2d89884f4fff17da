"""The vocabulary: enumerations and small value types that every module shares."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import NamedTuple

__all__ = [
    "LEVEL_COLOURS",
    "AdminLevel",
    "BoundaryQuality",
    "CaseClass",
    "CaseOrigin",
    "Certainty",
    "ContactDegree",
    "Edition",
    "EpidemicLevel",
    "EvidenceGrade",
    "GeoStatus",
    "MatchLevel",
    "PerimeterKind",
    "PlaceKind",
    "PlaceRole",
    "Progress",
    "ReviewAction",
    "ReviewOrder",
    "ReviewScope",
    "Source",
    "no_progress",
]


class Edition(StrEnum):
    """An edition of the administrative geography."""

    E2021 = "2021"
    """63 provinces, districts and communes: in force until 2025-06-30."""
    E2025 = "2025"
    """34 provinces and communes, no districts: in force since 2025-07-01."""


class AdminLevel(StrEnum):
    """A tier of administrative units, widest first."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class MatchLevel(StrEnum):
    """How precisely an address is known, most precise first."""

    ADDRESS = "address"
    STREET = "street"
    HAMLET = "hamlet"
    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    NONE = "none"

    @property
    def rank(self) -> int:
        """Position in the order of precision: 0 for an address, 6 for nothing."""
        return list(MatchLevel).index(self)


class GeoStatus(StrEnum):
    """What a geocoder answers."""

    MATCH = "match"
    TIE = "tie"
    NONE = "none"


class CaseClass(StrEnum):
    """The surveillance class of a case."""

    SUSPECTED = "suspected"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"


class ContactDegree(StrEnum):
    """Distance from an infected person: F0 is the case itself."""

    F0 = "F0"
    F1 = "F1"
    F2 = "F2"


class CaseOrigin(StrEnum):
    """Where the infection was acquired."""

    LOCAL = "local"
    IMPORTED = "imported"
    UNKNOWN = "unknown"


class PlaceKind(StrEnum):
    """A kind of place below the commune."""

    STREET = "street"
    """A street, a lane or a road: a line."""
    ADDRESS = "address"
    """A house with its number, on a street or in a hamlet."""
    HAMLET = "hamlet"
    """A hamlet (thôn, xóm, ấp, bản) or a residential group (khu phố, tổ dân phố)."""
    ESTATE = "estate"
    """A housing estate or a block of flats (khu đô thị, khu tập thể, chung cư)."""
    BUILDING = "building"
    """A building with a name."""
    INDUSTRIAL_PARK = "industrial-park"
    """An industrial park or cluster (KCN, CCN)."""
    POI = "poi"
    """Any other place with a name: a school, a market, a pagoda."""


class PlaceRole(StrEnum):
    """Why a place matters to a case."""

    HOME = "home"
    WORK = "work"
    EXPOSURE = "exposure"


class ReviewAction(StrEnum):
    """What a reviewer does about a doubtful address."""

    ACCEPT = "accept"
    """The geocoder's first answer is right."""
    CHOOSE = "choose"
    """It is in the commune named."""
    PIN = "pin"
    """It is at the point named."""
    REJECT = "reject"
    """It cannot be placed: it stays unplaced, with the reason."""
    UNDO = "undo"
    """An earlier decision is taken back."""


class ReviewOrder(StrEnum):
    """What comes first in the queue of doubtful addresses."""

    EFFECT = "effect"
    """What changes most levels and zones."""
    CASES = "cases"
    """What has most people."""


class ReviewScope(StrEnum):
    """Which places a decision is for."""

    ADDRESS = "address"
    """Every place with the same address, those that come later too."""
    CASE = "case"
    """One place of one case."""


class Certainty(StrEnum):
    """Whether a perimeter rests on cases known to the street, or only to a unit."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class PerimeterKind(StrEnum):
    """What the outline of a zone follows."""

    DISC = "disc"
    """Distances from the places of cases."""
    BLOCKS = "blocks"
    """Whole blocks, that can be held street by street."""
    UNIT = "unit"
    """A commune, because more is not known of where its cases are."""


class BoundaryQuality(StrEnum):
    """How far the outline of a unit can be trusted."""

    APPROXIMATE = "approximate"
    """Built by geozone from points and boxes: never for a legal order."""
    IMPORTED = "imported"
    """Supplied by the user, with its checksum and licence kept."""


class EpidemicLevel(IntEnum):
    """Epidemic level of a unit, with the legal colours of Viet Nam."""

    GREEN = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


LEVEL_COLOURS: dict[EpidemicLevel, str] = {
    EpidemicLevel.GREEN: "#0FA57F",
    EpidemicLevel.YELLOW: "#F1BA15",
    EpidemicLevel.ORANGE: "#F28E12",
    EpidemicLevel.RED: "#DA4711",
}
"""Colours of the national reference system of 2021, the ones committees know."""


class EvidenceGrade(StrEnum):
    """How sure a value of a rule set is."""

    PRIMARY = "P"
    """The words of the legal text were read."""
    SECONDARY = "S"
    """A secondary text was read."""
    DERIVED = "D"
    """Derived from published numbers."""
    REMEMBERED = "M"
    """Not read: the result says "unverified"."""


class Source(NamedTuple):
    """Where an input came from; kept in every release."""

    kind: str
    """What it is: ``units``, ``population``, ``cases``, ``doses``, ``facilities``, ``places``, ``blocks``,
    ``roads``."""
    name: str
    """File name or package, as the user knows it; never a full path."""
    sha256: str
    licence: str


Progress = Callable[[str, int, int | None], None]
"""Called as ``progress(task, done, total)``; ``total`` is ``None`` while unknown."""


def no_progress(task: str, done: int, total: int | None) -> None:
    """Report to nobody.

    Parameters
    ----------
    task : str
        What is being done.
    done : int
        Steps finished.
    total : int or None
        Steps in all, if known.
    """
