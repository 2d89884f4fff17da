"""Put checked values together: cases, places, persons and rejects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.linelist.checks import Checked
from geozone.linelist.identity import KEY_FIELDS, Taken, derive_ids, find_taken, key_texts, write_taken
from geozone.linelist.line_list import LineList
from geozone.linelist.report import FaultReport
from geozone.schema import CASE_PLACES, CASES
from geozone.tables import Mapped, RawTable
from geozone.types import Source

__all__ = ["assemble"]

_KEYS_OF = {
    "positive_date": "report_date",
    "sample_date": "report_date",
    "point": "lon",
}
"""Fields of the file that a key field may come from."""
_Objects = NDArray[np.object_]
_Flags = NDArray[np.bool_]


def _check_own_ids(
    table: RawTable, mapped: Mapped, own: pd.Series, report: FaultReport, taken: Sequence[Taken | None]
) -> None:
    """Note identifiers that occur twice, here or in the file these rejects came from."""
    ids = own.to_numpy(dtype=object, na_value=None)
    codes, uniques = pd.factorize(ids, use_na_sentinel=True)
    if not len(uniques):
        return
    first = np.full(len(uniques), -1, dtype=np.int64)
    given = np.flatnonzero(codes >= 0)[::-1]
    first[codes[given]] = given
    expected = np.full(len(ids), None, dtype=object)
    repeated = (codes >= 0) & (first[codes] != np.arange(len(ids)))
    for position in np.flatnonzero(repeated).tolist():
        row = int(table.row_numbers[first[codes[position]]])
        expected[position] = f"an identifier of its own (row {row} has the same)"
    for position, told in enumerate(taken):
        if told and ids[position] is not None and told.get(f"={ids[position]}"):
            expected[position] = "an identifier of its own (another row of the original file has the same)"
    report.add("case_id", mapped.columns.get("case_id"), expected)


def _key_columns(checked: Checked) -> dict[str, pd.Series]:
    columns = {
        "report_date": checked.dates["report_date"],
        "disease": checked.texts["disease"],
        "person_name": checked.texts["person_name"],
        "address": checked.addresses["home"],
    }
    if "home" in checked.points:
        lon, lat = checked.points["home"]
        columns |= {"lon": pd.Series(lon), "lat": pd.Series(lat)}
    return columns


def _wrong_keys(report: FaultReport) -> dict[int, frozenset[str]]:
    everything = frozenset(KEY_FIELDS) - {"person_name", "disease"}
    wrong = {}
    for position in np.flatnonzero(report.rejected).tolist():
        fields = {_KEYS_OF.get(name, name) for name in report.fields[position]}
        if {"lon", "lat"} & fields:
            fields |= {"lon", "lat"}
        wrong[position] = everything if "*" in fields else frozenset(fields & set(KEY_FIELDS))
    return wrong


def _identify(
    table: RawTable, mapped: Mapped, checked: Checked, report: FaultReport, taken: Sequence[Taken | None]
) -> tuple[_Objects, dict[int, Taken]]:
    """Give every good row its identifier, and every rejected row those it must not take."""
    own = checked.texts["case_id"]
    _check_own_ids(table, mapped, own, report, taken)
    ids = own.to_numpy(dtype=object, na_value=None).copy()
    bare = own.isna().to_numpy()
    inherited = {position: told for position, told in enumerate(taken) if told}
    found: dict[int, Taken] = {}
    if bare.any():
        keys = key_texts(_key_columns(checked), checked.length)
        wanted = bare & ~report.rejected & ~checked.zero
        derived, bases = derive_ids(keys, wanted, taken)
        ids[wanted] = derived[wanted]
        wrong = {position: fields for position, fields in _wrong_keys(report).items() if bare[position]}
        found = find_taken(keys, bases, wrong, inherited)
    used = set(own[~bare & ~report.rejected])
    for position in np.flatnonzero(report.rejected & ~bare).tolist():
        told = {base: number for base, number in inherited.get(position, {}).items() if base.startswith("=")}
        if ids[position] in used:
            told[f"={ids[position]}"] = 1
        if told:
            found[position] = {**found.get(position, {}), **told}
    return ids, found


def _cases(checked: Checked, ids: _Objects, keep: _Flags) -> pd.DataFrame:
    onset = checked.dates.get("onset_date")
    columns = {
        "case_id": pd.Series(ids[keep], dtype="str"),
        "count": checked.facts["count"][keep].reset_index(drop=True),
        "report_date": checked.dates["report_date"][keep].reset_index(drop=True),
        "onset_date": onset[keep].reset_index(drop=True) if onset is not None else pd.NaT,
        "disease": checked.texts["disease"][keep].reset_index(drop=True),
    }
    for name in ("case_class", "contact_degree", "origin", "source_known", "age", "sex"):
        columns[name] = checked.facts[name][keep].reset_index(drop=True)
    return CASES.conform(pd.DataFrame(columns, index=range(int(keep.sum()))))


def _places(checked: Checked, ids: _Objects, keep: _Flags) -> pd.DataFrame:
    tables = []
    for rank, role in enumerate(("home", "work", "exposure")):
        address = checked.addresses.get(role)
        if address is None:
            address = pd.Series([None] * checked.length, dtype="str")
        lon, lat = checked.points.get(role, (np.full(checked.length, np.nan),) * 2)
        told = keep & (address.notna().to_numpy() | ~np.isnan(lon)) if rank else keep
        if not told.any():
            continue
        table = pd.DataFrame(
            {
                "case_id": ids[told],
                "role": role,
                "address": address[told].to_numpy(),
                "lon": lon[told],
                "lat": lat[told],
            }
        )
        tables.append(table.assign(_order=np.flatnonzero(told) * 3 + rank))
    if not tables:
        return CASE_PLACES.empty()
    return CASE_PLACES.conform(pd.concat(tables).sort_values("_order", kind="stable").drop(columns="_order"))


def _persons(checked: Checked, ids: _Objects, keep: _Flags) -> pd.DataFrame:
    names, phones = checked.texts["person_name"], checked.texts["phone"]
    told = keep & (names.notna() | phones.notna()).to_numpy()
    return pd.DataFrame(
        {
            "case_id": pd.Series(ids[told], dtype="str"),
            "person_name": names[told].reset_index(drop=True).astype("str"),
            "phone": phones[told].reset_index(drop=True).astype("str"),
        }
    )


def _rejects(table: RawTable, report: FaultReport, found: dict[int, Taken]) -> pd.DataFrame:
    positions = np.flatnonzero(report.rejected)
    texts = report.texts()
    rejects = table.frame.iloc[positions].reset_index(drop=True)
    width = table.frame.shape[1]
    cells: list[str | None] = []
    for position in positions.tolist():
        if position in table.surplus:
            cells.append(" | ".join(table.surplus[position]))
        else:
            misfit = "*" in report.fields[position]
            cells.append(f"fewer than {width} cells" if misfit else None)
    rejects["_row"] = table.row_numbers[positions]
    rejects["_faults"] = pd.Series([texts[position] for position in positions.tolist()], dtype="str")
    rejects["_cells"] = pd.Series(cells, dtype="str")
    rejects["_taken"] = pd.Series(
        [write_taken(found[position]) if position in found else None for position in positions.tolist()],
        dtype="str",
    )
    return rejects


def assemble(
    table: RawTable, mapped: Mapped, checked: Checked, report: FaultReport, taken: Sequence[Taken | None]
) -> LineList:
    """Put a line list together.

    Parameters
    ----------
    table : RawTable
        The file.
    mapped : Mapped
        Its columns.
    checked : Checked
        Its values.
    report : FaultReport
        Its faults so far.
    taken : sequence of Taken or None
        For each row of a rejects file the identifiers in use elsewhere.

    Returns
    -------
    LineList
        Every row in one place.
    """
    ids, found = _identify(table, mapped, checked, report, taken)
    keep = ~report.rejected & ~checked.zero
    about = {
        "format": table.format,
        "delimiter": table.delimiter or "",
        "sheet": table.sheet or "",
        "first_row": str(table.first_row),
    }
    return LineList(
        cases=_cases(checked, ids, keep),
        places=_places(checked, ids, keep),
        persons=_persons(checked, ids, keep),
        rejects=_rejects(table, report, found),
        faults=report.all(),
        source=Source("cases", table.name, table.sha256, ""),
        mapping=dict(mapped.columns),
        unmapped=mapped.unmapped,
        encoding=table.encoding,
        rows_read=checked.length,
        rows_without_cases=int((checked.zero & ~report.rejected).sum()),
        table=about,
    )
