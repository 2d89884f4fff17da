"""Kinds of lines that bound blocks, and the words that files have for them."""

from __future__ import annotations

from typing import Final, NamedTuple

import geopandas as gpd

from geozone.tables import fold

__all__ = ["KINDS", "LineKind", "kind_of", "widest_first"]


class LineKind(NamedTuple):
    """A kind of line."""

    passable: bool
    """Whether people travel along it: a checkpoint is needed where it crosses a perimeter."""
    words: tuple[str, ...]
    """OpenStreetMap values and Vietnamese words for it, as `geozone.tables.fold` leaves them."""


KINDS: Final[dict[str, LineKind]] = {
    "motorway": LineKind(True, ("motorway", "motorway link", "cao toc", "duong cao toc")),
    "trunk": LineKind(True, ("trunk", "trunk link", "quoc lo", "ql")),
    "primary": LineKind(True, ("primary", "primary link", "tinh lo", "duong tinh", "dt", "tl")),
    "secondary": LineKind(
        True, ("secondary", "secondary link", "huyen lo", "duong huyen", "dh", "dai lo", "duong do thi")
    ),
    "tertiary": LineKind(True, ("tertiary", "tertiary link", "duong xa", "duong lien xa", "lien thon")),
    "street": LineKind(
        True,
        ("street", "residential", "living street", "unclassified", "road", "pedestrian", "busway", "duong",
         "pho", "duong pho", "duong noi bo", "duong bo"),
    ),
    "alley": LineKind(True, ("alley", "service", "ngo", "ngach", "hem", "kiet", "duong ngo", "duong hem")),
    "path": LineKind(
        True,
        ("path", "track", "footway", "steps", "cycleway", "bridleway", "track grade1", "track grade2",
         "track grade3", "track grade4", "track grade5", "duong mon", "bo de", "duong dat", "loi mo"),
    ),
    "railway": LineKind(
        False, ("railway", "rail", "light rail", "tram", "narrow gauge", "subway", "duong sat", "metro")
    ),
    "river": LineKind(False, ("river", "riverbank", "coastline", "water", "lake", "song", "bo song", "ho",
                              "bien", "bo bien")),
    "canal": LineKind(False, ("canal", "stream", "drain", "ditch", "waterway", "kenh", "rach", "muong",
                              "suoi", "kenh rach")),
    "barrier": LineKind(False, ("barrier", "wall", "fence", "city wall", "tuong", "hang rao", "tuong rao")),
}  # fmt: skip
"""Kinds, the widest road first: of two lines along one another the first gives its name."""

_WORDS: Final = {word: kind for kind, (_, words) in KINDS.items() for word in words}


def kind_of(text: str) -> str | None:
    """Recognise a kind.

    Parameters
    ----------
    text : str
        A value of a file: ``residential``, ``Quốc lộ``, ``QL 1A``.

    Returns
    -------
    str or None
        One of `KINDS`; None if it is none of them.
    """
    folded = fold(text)
    while folded and folded not in _WORDS:
        # Words after the kind are a name, but a tag is one word: street_lamp is no street.
        folded = "" if "_" in text else folded.rpartition(" ")[0]
    return _WORDS.get(folded)


def widest_first(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort lines: the widest road first, equals by identifier, so that the order of a file is irrelevant.

    Parameters
    ----------
    roads : GeoDataFrame
        The `geozone.schema.ROADS` contract.

    Returns
    -------
    GeoDataFrame
        The same rows, index reset.
    """
    if not len(roads):
        return roads
    ranks = {kind: rank for rank, kind in enumerate(KINDS)}
    ordered = roads.assign(_rank=roads["kind"].map(ranks)).sort_values(["_rank", "road_id"])
    return ordered.drop(columns="_rank").reset_index(drop=True)
