"""What makes two places one to a reviewer: the same address, the same point, the same edition."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import pandas as pd

from geozone.geocoding import EDITION_CHANGE
from geozone.types import Edition

__all__ = ["address_keys", "canonical"]

_SPACES: Final = re.compile(r"\s+")
_EDGES: Final = " ,.;:-"


def canonical(address: str) -> str:
    """Write an address so that differences of typing that nobody sees are gone.

    Parameters
    ----------
    address : str
        As written.

    Returns
    -------
    str
        One Unicode form, one case, single spaces, nothing at the ends; empty if nothing is left.
    """
    text = unicodedata.normalize("NFC", address).casefold()
    return _SPACES.sub(" ", text).replace(" ,", ",").strip(_EDGES)


def address_keys(places: pd.DataFrame) -> pd.Series:
    """Give places that one decision settles one key.

    Parameters
    ----------
    places : DataFrame
        Private: ``case_id, role, address, lon, lat, report_date``.

    Returns
    -------
    Series of str
        Private. The address, the point given with it, and the edition in force on the day of the case;
        a place without any address is alone.
    """
    addresses = {text: canonical(text) for text in places["address"].dropna().unique()}
    written = places["address"].map(addresses)
    old = pd.to_datetime(places["report_date"]) < pd.Timestamp(EDITION_CHANGE)
    edition = old.map({True: str(Edition.E2021), False: str(Edition.E2025)})
    keys = [
        _key(address, lon, lat, dated, f"{case_id}/{role}")
        for address, lon, lat, dated, case_id, role in zip(
            written, places["lon"], places["lat"], edition, places["case_id"], places["role"], strict=True
        )
    ]
    return pd.Series(keys, index=places.index, dtype="str")


def _key(address: object, lon: float, lat: float, edition: str, place: str) -> str:
    if not isinstance(address, str) or not address:
        return f"{edition}||{place}"
    point = "" if pd.isna(lon) or pd.isna(lat) else f"{lon:.6f},{lat:.6f}"
    return f"{edition}|{point}|{address}"
