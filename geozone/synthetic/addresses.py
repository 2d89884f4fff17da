"""Addresses as they are typed by hand: both editions, abbreviated, unaccented, incomplete."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from geozone.synthetic.words import HAMLETS, STREETS, UNPLACEABLE
from geozone.tables import fold

__all__ = ["typed_address"]

_ABBREVIATIONS = (
    ("Phường ", ("P. ", "P.", "F. ")),
    ("Xã ", ("X. ", "xã ")),
    ("Thị trấn ", ("TT. ", "TT ")),
    ("Quận ", ("Q. ", "Q.")),
    ("Huyện ", ("H. ", "huyện ")),
    ("Thị xã ", ("TX. ", "TX ")),
    ("Thành phố ", ("TP. ", "TP.", "Tp ")),
    ("Tỉnh ", ("T. ", "tỉnh ", "")),
)
_CITY_SHORT = {
    "Thành phố Hà Nội": ("TP Hà Nội", "Hà Nội", "HN", "TP. HN"),
    "Tỉnh Bắc Ninh": ("Bắc Ninh", "BN"),
}


def _house(rural: bool, rng: np.random.Generator) -> str:
    """Write the part below the commune."""
    number, second = int(rng.integers(1, 240)), int(rng.integers(1, 90))
    if rural:
        hamlet = HAMLETS[int(rng.integers(len(HAMLETS)))]
        forms: tuple[str, ...] = (
            f"Thôn {hamlet}",
            f"thôn {hamlet}",
            f"Xóm {second % 12 + 1}, thôn {hamlet}",
            f"Khu {hamlet}",
        )
    else:
        street = STREETS[int(rng.integers(len(STREETS)))]
        forms = (
            f"Số {number} {street}",
            f"{number} {street}",
            f"Số {second} ngõ {number} {street}",
            f"{second}/{number} {street}",
            f"TDP số {second % 20 + 1}",
            f"Tổ {second % 30 + 1}",
            f"P{second * 10 + 2} tòa CT{second % 5 + 1}",
        )
    return forms[int(rng.integers(len(forms)))]


def _shorten(part: str, rng: np.random.Generator) -> str:
    if part in _CITY_SHORT and rng.random() < 0.7:
        forms = _CITY_SHORT[part]
        return forms[int(rng.integers(len(forms)))]
    for word, forms in _ABBREVIATIONS:
        if part.lower().startswith(word.lower()) and rng.random() < 0.55:
            rest = part[len(word) :]
            form = forms[int(rng.integers(len(forms)))]
            return (form.strip() + " " if rest[0].isdigit() else form) + rest
    return part


def _without_accents(text: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda word: _folded_word(word[0]), text)


def _folded_word(word: str) -> str:
    bare = fold(word)
    return (
        bare.upper() if word.isupper() and len(word) > 1 else bare.capitalize() if word[0].isupper() else bare
    )


def _mistype(text: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring letters."""
    places = [i for i in range(2, len(text) - 1) if text[i].isalpha() and text[i - 1].isalpha()]
    if not places:
        return text
    at = places[int(rng.integers(len(places)))]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def _careless(parts: list[str], rng: np.random.Generator) -> str:
    text = (", " if rng.random() < 0.86 else " - " if rng.random() < 0.5 else " ").join(parts)
    if rng.random() < 0.12:
        text = _without_accents(text)
    if rng.random() < 0.07:
        text = text.lower()
    if rng.random() < 0.03:
        text = _mistype(text, rng)
    return text


def typed_address(unit: pd.Series | Mapping[str, str], rng: np.random.Generator) -> str:
    """Write the address of somebody who lives in a commune.

    Parameters
    ----------
    unit : Series or mapping
        The commune: ``full_name``, ``kind``, ``province_name``, ``district_name`` (2021 edition only).
    rng : Generator
        Source of chance.

    Returns
    -------
    str
        About 3 in 100 name only the district, about 1 in 100 cannot be placed at all.
    """
    district = unit["district_name"] if isinstance(unit["district_name"], str) else None
    chance = rng.random()
    if chance < 0.012:
        return UNPLACEABLE[int(rng.integers(len(UNPLACEABLE)))]
    upper = [part for part in (district, unit["province_name"]) if part]
    if chance < 0.045:
        return ", ".join(_shorten(part, rng) for part in upper)
    rural = str(unit["kind"]).lower() not in ("phường", "thị trấn")
    parts = [] if chance < 0.12 else [_house(rural, rng)]
    parts += [_shorten(str(unit["full_name"]), rng)]
    parts += [_shorten(part, rng) for part in (upper if rng.random() > 0.06 else upper[:-1])]
    return _careless(parts, rng)
