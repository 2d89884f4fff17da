"""Check every column of a line list and turn it into the values of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.errors import Fault
from geozone.linelist.addresses import join_address
from geozone.linelist.fields import ADDRESS_PARTS, DATE_FIELDS, PRIVATE_FIELDS
from geozone.linelist.report import FaultReport
from geozone.linelist.values import (
    read_age,
    read_case_class,
    read_contact_degree,
    read_count,
    read_origin,
    read_sex,
    read_source_known,
)
from geozone.tables import (
    RawTable,
    clean_text,
    has_control,
    parse_date,
    parse_dates,
    read_cells,
    read_points,
    split_point,
)
from geozone.types import CaseClass, CaseOrigin, ContactDegree

__all__ = ["Checked", "check_rows"]

_PLACES = (("", "home"), ("work_", "work"), ("exposure_", "exposure"))
_Objects = NDArray[np.object_]


@dataclass(slots=True)
class Checked:
    """Values of all rows, by field; what is missing or wrong is missing."""

    length: int
    dates: dict[str, pd.Series] = field(default_factory=dict)
    texts: dict[str, pd.Series] = field(default_factory=dict)
    facts: dict[str, pd.Series] = field(default_factory=dict)
    points: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=dict)
    """Longitude and latitude by role."""
    addresses: dict[str, pd.Series] = field(default_factory=dict)
    """Address by role."""
    zero: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Rows that say there was no case."""


class _Checker:
    def __init__(self, table: RawTable, columns: Mapping[str, str], report: FaultReport) -> None:
        self.table, self.columns, self.report = table, columns, report
        self.checked = Checked(len(table.frame))
        for name, header in columns.items():
            if name not in DATE_FIELDS:
                self.checked.texts[name] = clean_text(table.frame[header])

    def controls(self) -> None:
        """Note cells with NUL and its like in any column that is imported."""
        for name, header in self.columns.items():
            expected = np.full(self.checked.length, None, dtype=object)
            expected[has_control(self.table.frame[header])] = "text without control characters"
            self.report.add(name, header, expected, found=lambda _: "an unreadable control character")

    def read_dates(self, *, day_first: bool, latest: dt.date, mending: bool) -> None:
        """Read the date columns; the day that counts is the first that is given."""
        for name in DATE_FIELDS:
            if name not in self.columns:
                continue
            header = self.columns[name]
            cells = self.table.frame[header]
            if isinstance(cells.dtype, pd.StringDtype):
                cells = clean_text(cells)
            else:
                cells = cells.astype(object).map(
                    lambda cell: None if isinstance(cell, str) and not cell.strip(" -–_.") else cell
                )
            parsed = parse_dates(cells, day_first=day_first, latest=latest)
            expected = parsed.expected
            if parsed.month_first and not mending:
                expected = self._refuse_order(header, parsed.order, expected, day_first=day_first)
            self.report.add(name, header, expected)
            dates = pd.Series(parsed.dates).where(pd.isna(expected))
            self.checked.dates[name] = dates.astype("datetime64[s]")
        self._choose_report_date()

    def _refuse_order(self, header: str, order: _Objects, expected: _Objects, *, day_first: bool) -> _Objects:
        first, option = ("month", "day_first=False") if day_first else ("day", "day_first=True")
        example = int(np.flatnonzero(order == first)[0])
        cell = self.table.frame[header].iloc[example]
        row = int(self.table.row_numbers[example])
        self.report.of_file.append(
            Fault(
                None,
                header,
                f"dates that make sense only with the {first} first, as {cell!r} in row {row}",
                f"one order of day and month (mend the file, or read it with {option})",
            )
        )
        doubtful = (order == "both") & pd.isna(expected)
        result = expected.copy()
        result[doubtful] = f"a date that cannot be read two ways (other rows have the {first} first)"
        return result

    def _choose_report_date(self) -> None:
        names = [name for name in ("report_date", "positive_date", "sample_date") if name in self.columns]
        chosen = self.checked.dates[names[0]].copy()
        filled = self.table.frame[self.columns[names[0]]].notna()
        for name in names[1:]:
            chosen = chosen.where(chosen.notna() | filled, self.checked.dates[name])
        self.checked.dates["report_date"] = chosen
        missing = chosen.isna().to_numpy() & ~self._faulty(names)
        expected = _told(missing, "the day the case was reported")
        self.report.add("report_date", self.columns[names[0]], expected, found=lambda _: "nothing")

    def _faulty(self, names: list[str]) -> NDArray[np.bool_]:
        faulty = np.zeros(self.checked.length, dtype=bool)
        faulty[[position for position, fields in self.report.fields.items() if fields & set(names)]] = True
        return faulty

    def read_counts(self) -> None:
        """Read the counts of an aggregated list; without that column every row is one case."""
        length = self.checked.length
        self.checked.zero = np.zeros(length, dtype=bool)
        if "count" not in self.columns:
            self.checked.facts["count"] = pd.Series(np.ones(length), dtype="Int64")
            return
        texts = self.checked.texts["count"]
        values, expected = read_cells(texts, read_count)
        expected[texts.isna().to_numpy()] = "a whole number of cases, 0 or more"
        self.report.add("count", self.columns["count"], expected)
        counts = pd.Series(pd.array(values, dtype="Int64"))
        self.checked.facts["count"] = counts
        self.checked.zero = (counts == 0).fillna(False).to_numpy(dtype=bool)

    def read_classes(self) -> None:
        """Read class, contact degree, origin and source."""
        degree = self._read("contact_degree", read_contact_degree, str(ContactDegree.F0))
        classes = self._read("case_class", read_case_class, None)
        contact = degree.ne(str(ContactDegree.F0))
        default = pd.Series(
            np.where(contact, str(CaseClass.SUSPECTED), str(CaseClass.CONFIRMED)), dtype="str"
        )
        self.checked.facts["case_class"] = classes.where(classes.notna(), default)
        self.checked.facts["contact_degree"] = degree
        origin = self._read("origin", read_origin, None, reject=False)
        if "source_known" in self.columns:
            told, _ = read_cells(self.checked.texts["source_known"], read_origin)
            origin = origin.where(origin.notna(), pd.Series(told, dtype="str"))
        self.checked.facts["origin"] = origin.fillna(str(CaseOrigin.UNKNOWN))
        known = np.full(self.checked.length, None, dtype=object)
        if "source_known" in self.columns:
            known, _ = read_cells(self.checked.texts["source_known"], read_source_known)
        self.checked.facts["source_known"] = pd.Series(pd.array(known, dtype="boolean"))

    def _read(self, name: str, reader: object, default: str | None, *, reject: bool = True) -> pd.Series:
        if name not in self.columns:
            return pd.Series([default] * self.checked.length, dtype="str")
        values, expected = read_cells(self.checked.texts[name], reader)  # type: ignore[arg-type]
        self.report.add(name, self.columns[name], expected, reject=reject)
        result = pd.Series(values, dtype="str")
        return result if default is None else result.fillna(default)

    def read_people(self) -> None:
        """Read sex and age; a value that cannot be read is left out and reported."""
        sex = self._read("sex", read_sex, None, reject=False)
        age, year = self._ages("age")
        for name, gender in (("age_male", "male"), ("age_female", "female")):
            if {"age_male", "age_female"} <= set(self.columns):
                filled = self.checked.texts[name].notna()
                sex = sex.where(sex.notna() | ~filled, gender)
                own_age, own_year = self._ages(name)
                age, year = age.fillna(own_age), year.fillna(own_year)
        birth, birth_year = self._births()
        report = self.checked.dates["report_date"]
        exact = (
            report.dt.year
            - birth.dt.year
            - (report.dt.month * 100 + report.dt.day < birth.dt.month * 100 + birth.dt.day)
        )
        rough = report.dt.year - year.fillna(birth_year)
        derived = age.fillna(exact).fillna(rough)
        wrong = (derived < 0) | (derived > 130)
        header = self.columns.get("birth") or self.columns.get("age")
        expected = _told(wrong.to_numpy(), "a birth before the report, at most 130 years")
        self.report.add("age", header, expected, reject=False)
        self.checked.facts["age"] = derived.mask(wrong).astype("float64")
        self.checked.facts["sex"] = sex

    def _ages(self, name: str) -> tuple[pd.Series, pd.Series]:
        if name not in self.columns:
            nothing = pd.Series(np.full(self.checked.length, np.nan))
            return nothing, nothing
        reader = read_age if name == "age" else _read_age_or_cross
        values, expected = read_cells(self.checked.texts[name], reader)
        self.report.add(name, self.columns[name], expected, reject=False)
        numbers = pd.Series(values.astype("float64"))
        return numbers.where(numbers < 1900), numbers.where(numbers >= 1900)

    def _births(self) -> tuple[pd.Series, pd.Series]:
        length = self.checked.length
        if "birth" not in self.columns:
            return pd.Series(np.full(length, "NaT"), dtype="datetime64[s]"), pd.Series(
                np.full(length, np.nan)
            )
        values, expected = read_cells(self.checked.texts["birth"], _read_birth)
        self.report.add("birth", self.columns["birth"], expected, reject=False)
        days = [value if isinstance(value, dt.date) else None for value in values]
        years = [value if isinstance(value, int) else None for value in values]
        return pd.Series(pd.to_datetime(pd.Series(days, dtype=object))).astype("datetime64[s]"), pd.Series(
            years, dtype="float64"
        )

    def read_places(self) -> None:
        """Read address and point of home, work and exposure."""
        length = self.checked.length
        parts = {
            name: self.checked.texts[name] for name in ("address", *ADDRESS_PARTS) if name in self.columns
        }
        self.checked.addresses["home"] = join_address(parts, length)
        for prefix, role in _PLACES:
            if prefix and f"{prefix}address" in self.columns:
                self.checked.addresses[role] = self.checked.texts[f"{prefix}address"]
            lon, lat = self.columns.get(f"{prefix}lon"), self.columns.get(f"{prefix}lat")
            if lon or lat:
                self._read_axes(prefix, role, lon, lat)
        if "point" in self.columns:
            self._read_pairs()

    def _read_axes(self, prefix: str, role: str, lon: str | None, lat: str | None) -> None:
        nothing = pd.Series([None] * self.checked.length, dtype="str")
        points = read_points(
            self.table.frame[lon] if lon else nothing, self.table.frame[lat] if lat else nothing
        )
        self.report.add(f"{prefix}lon", lon, points.lon_expected)
        self.report.add(f"{prefix}lat", lat, points.lat_expected)
        self.checked.points[role] = (points.lon, points.lat)

    def _read_pairs(self) -> None:
        pairs, expected = read_cells(self.checked.texts["point"], split_point)
        halves = np.array([pair if pair is not None else (np.nan, np.nan) for pair in pairs], dtype="float64")
        halves = halves.reshape(-1, 2)
        points = read_points(pd.Series(halves[:, 0]), pd.Series(halves[:, 1]))
        expected = np.where(pd.isna(expected), points.lon_expected, expected)
        expected = np.where(pd.isna(expected), points.lat_expected, expected)
        self.report.add("point", self.columns["point"], expected)
        lon, lat = self.checked.points.get("home", (np.full(len(halves), np.nan),) * 2)
        bare = np.isnan(lon)
        self.checked.points["home"] = (np.where(bare, points.lon, lon), np.where(bare, points.lat, lat))


def _told(wrong: NDArray[np.bool_], expected: str) -> _Objects:
    result = np.full(len(wrong), None, dtype=object)
    result[wrong] = expected
    return result


def _read_birth(text: str) -> tuple[object, str]:
    """Read a year of birth (int) or a date of birth (date)."""
    if text.isdigit() and len(text) == 4 and 1880 <= int(text) <= 2099:
        return int(text), ""
    date, _ = parse_date(text)
    if date is not None and not (text.isdigit() and len(text) < 5):
        return date, ""
    return None, "a year of birth as 1985, or a date of birth as 17/2/1985"


def _read_age_or_cross(text: str) -> tuple[object, str]:
    """Read a cell of the columns Nam and Nữ, which hold an age, a year or a cross."""
    return (None, "") if text.lower() in {"x", "✓", "+", "1"} else read_age(text)


def check_rows(
    table: RawTable,
    columns: Mapping[str, str],
    report: FaultReport,
    *,
    disease: str,
    day_first: bool,
    latest: dt.date,
    mending: bool,
) -> Checked:
    """Check all rows.

    Parameters
    ----------
    table : RawTable
        The file.
    columns : mapping of str to str
        Field to header.
    report : FaultReport
        Takes the faults.
    disease : str
        Disease of rows that name none.
    day_first : bool
        Whether the day comes before the month.
    latest : date
        Latest date that is believed.
    mending : bool
        Whether these are mended rejects, where a person has looked at each row.

    Returns
    -------
    Checked
        Values by field.
    """
    checker = _Checker(table, columns, report)
    checker.controls()
    checker.read_dates(day_first=day_first, latest=latest, mending=mending)
    checker.read_counts()
    checker.read_classes()
    checker.read_people()
    checker.read_places()
    checked = checker.checked
    named = checked.texts.get("disease", pd.Series([None] * checked.length, dtype="str"))
    checked.texts["disease"] = named.fillna(disease)
    for name in ("case_id", *sorted(PRIVATE_FIELDS)):
        checked.texts.setdefault(name, pd.Series([None] * checked.length, dtype="str"))
    return checked
