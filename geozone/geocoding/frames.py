"""Geocoding for notebooks: a column or a table in, a table out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from geozone.errors import DataError, Fault
from geozone.geocoding.answer_rows import Answer, answer_table
from geozone.geocoding.batch_files import CHUNK
from geozone.geocoding.case_places import geocode_places
from geozone.geocoding.geocoder import Geocoder
from geozone.geocoding.workers import Solver
from geozone.types import Edition, Progress, no_progress

if TYPE_CHECKING:
    from geozone.linelist import LineList
    from geozone.places import Gazetteer

__all__ = ["geocode", "geocode_line_list"]


def geocode(
    data: pd.Series | pd.DataFrame | Iterable[str | None],
    *,
    address_column: str | None = None,
    edition: Edition | None = None,
    geocoder: Geocoder | None = None,
    gazetteer: Gazetteer | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Geocode addresses offline.

    Parameters
    ----------
    data : Series, DataFrame or iterable of str
        Addresses, or a table with a column of them.
    address_column : str, optional
        The column, where a table is given.
    edition : Edition, optional
        Edition of the addresses; decided from evidence if not given.
    geocoder : Geocoder, optional
        Another one than that of the embedded units.
    gazetteer : Gazetteer, optional
        Streets, house numbers and hamlets, as ``read_gazetteer`` gives them.
    workers : int
        Processes at most, started only for many addresses. With more than one a script must keep its calls
        under ``if __name__ == "__main__":``, for each process reads the script again.
    progress : callable
        Told of rows done.

    Returns
    -------
    DataFrame
        One row per row given, same order and index: the columns of the table given, if any, then the
        ``GEOCODES`` columns.

    Raises
    ------
    DataError
        If a table is given and its column of addresses is not named or not there.
    """
    table = data if isinstance(data, pd.DataFrame) else None
    if table is not None:
        if address_column not in table.columns:
            listed = ", ".join(repr(str(name)) for name in table.columns)
            raise DataError(
                "addresses",
                [Fault(None, address_column, "no such column", f"address_column: one of {listed}")],
            )
        data = table[address_column]
    addresses = data if isinstance(data, pd.Series) else pd.Series(list(data), dtype="str")
    chosen = geocoder or _embedded()
    if gazetteer is not None:
        chosen = chosen.with_gazetteer(gazetteer)
    if workers > 1 and len(addresses) > CHUNK:
        answers = _by_several(chosen, addresses, edition, workers, progress)
    else:
        answers = chosen.geocode(addresses, edition=edition, progress=progress)
    answers.index = addresses.index
    return answers if table is None else pd.concat([table, answers], axis=1)


def _by_several(
    geocoder: Geocoder, addresses: pd.Series, edition: Edition | None, workers: int, progress: Progress
) -> pd.DataFrame:
    """Geocode in several processes, every distinct address once."""
    texts = [address if isinstance(address, str) else "" for address in addresses]
    distinct = list(dict.fromkeys(texts))
    place = {text: i for i, text in enumerate(distinct)}
    parts = ((None, distinct[i : i + CHUNK], None) for i in range(0, len(distinct), CHUNK))
    answers: list[Answer] = []
    with Solver(geocoder, edition=edition, workers=workers) as solver:
        for _, solved in solver.solved(parts):
            answers += solved
            progress("geocode", len(answers), len(distinct))
    return answer_table(answers, [place[text] for text in texts])


def geocode_line_list(
    line_list: LineList, *, geocoder: Geocoder | None = None, progress: Progress = no_progress
) -> pd.DataFrame:
    """Geocode the places of a line list: the table that ``draw`` takes.

    Parameters
    ----------
    line_list : LineList
        As read by ``read_line_list``.
    geocoder : Geocoder, optional
        Another one than that of the embedded units.
    progress : callable
        Told of rows done.

    Returns
    -------
    DataFrame
        One row per case and place: the case's columns, ``role`` and the ``GEOCODES`` columns; no row
        is dropped.
    """
    dates = line_list.cases.set_index("case_id")["report_date"]
    answers = geocode_places(geocoder or _embedded(), line_list.places, dates, progress=progress)
    return line_list.cases.merge(answers, on="case_id", how="left", validate="1:m")


@cache
def _embedded() -> Geocoder:
    return Geocoder.embedded()
