"""Answers as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = ["Answer", "answer_table"]

_NUMBERS: Final = frozenset({"geo_score", "geo_lon", "geo_lat", "geo_uncertainty_m"})


class Answer(NamedTuple):
    """One row of the `GEOCODES` contract."""

    geo_status: str
    geo_level: str
    geo_score: float
    geo_commune_code: str | None
    geo_commune_code_2021: str | None
    geo_lon: float | None
    geo_lat: float | None
    geo_uncertainty_m: float | None
    geo_name: str | None
    geo_candidates: str
    geo_reason: str


def answer_table(answers: Sequence[Answer], rows: Sequence[int]) -> pd.DataFrame:
    """Lay distinct answers out over the rows that asked for them.

    Parameters
    ----------
    answers : sequence of Answer
        Distinct answers.
    rows : sequence of int
        Position of the answer of each row.

    Returns
    -------
    DataFrame
        `GEOCODES`, index 0 to n - 1.
    """
    take = np.asarray(rows, dtype=np.int64)
    values = zip(*answers, strict=True) if answers else [()] * len(Answer._fields)
    columns = {}
    for name, cells in zip(Answer._fields, values, strict=True):
        if name in _NUMBERS:
            columns[name] = pd.Series(np.asarray(cells, dtype=np.float64)[take])
        else:
            # By way of Arrow: the plain constructor takes six times as long.
            text = pa.array(cells, pa.large_string()).take(pa.array(take))
            columns[name] = pd.Series(pd.array(text, dtype="str"))
    return pd.DataFrame(columns)
