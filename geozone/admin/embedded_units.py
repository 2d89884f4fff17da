"""The administrative data carried in the package; see ``embedded/README.md`` for its sources."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.resources import files

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geozone.admin.units import AdminUnits
from geozone.schema import CROSSWALK
from geozone.types import Edition

__all__ = ["embedded_digest", "load_crosswalk", "load_names", "load_units"]

_FOLDER = files("geozone.admin") / "embedded"


@cache
def embedded_digest() -> str:
    """Name the units, names and crosswalk of the package.

    Returns
    -------
    str
        Checksum of their files.
    """
    whole = hashlib.sha256()
    for entry in sorted(_FOLDER.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".parquet"):
            whole.update(entry.name.encode() + hashlib.sha256(entry.read_bytes()).digest())
    return whole.hexdigest()


@lru_cache(maxsize=len(Edition))
def load_units(edition: Edition = Edition.E2025) -> AdminUnits:
    """Load the embedded communes of one edition, with approximate outlines.

    Parameters
    ----------
    edition : Edition
        Edition of the geography.

    Returns
    -------
    AdminUnits
        3,321 communes for 2025 and 10,040 for 2021. The same object is returned each time: copy its
        tables before changing them. Extra column ``outline_basis``: ``box`` (the unit's own box was
        known), ``point`` (only its point) or ``assumed`` (placed from its neighbours or successor).
    """
    return AdminUnits.from_bytes((_FOLDER / f"units_{Edition(edition).value}.parquet").read_bytes())


def load_crosswalk() -> pd.DataFrame:
    """Load which communes of 2025 each commune of 2021 went to.

    Returns
    -------
    DataFrame
        The `CROSSWALK` contract. ``share`` is the part of the old commune's *approximate area* that
        lies in the new one, not of its people; the shares of one old commune add up to 1. Extra
        column ``is_default``: the successor that the source names first for the old commune.
    """
    table = CROSSWALK.conform(_read("crosswalk.parquet"))
    table["is_default"] = table["is_default"].astype("boolean")
    return table


def load_names(edition: Edition) -> pd.DataFrame:
    """Load the other names of the communes of one edition.

    Parameters
    ----------
    edition : Edition
        Edition of the geography.

    Returns
    -------
    DataFrame
        ``code``, ``alias``: unaccented lower-case letters and digits without spaces, with and without
        the kind (``phuongbadinh``, ``badinh``), and names that were merged into the commune before.
    """
    table = _read("names.parquet")
    chosen = table.loc[table["edition"] == Edition(edition).value, ["code", "alias"]]
    return chosen.reset_index(drop=True)


def _read(name: str) -> pd.DataFrame:
    data = (_FOLDER / name).read_bytes()
    return pq.read_table(pa.BufferReader(data)).to_pandas()
