"""The zones of each day drawn, kept so that the next day knows them again and history can be told.

Private: what makes a zone the same from day to day is the cases that it rests on. A day that is drawn
again replaces itself; a day that was released keeps the zones of its release beside later drafts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geozone.errors import StoreError
from geozone.release.blobs import attributes_blob, read_attributes
from geozone.release.disk import locked, make_folder, read_bytes, refusals, remove_leftovers, write_whole
from geozone.release.manifest import canonical, moment
from geozone.release.objects import Objects

__all__ = ["ZoneDay", "ZoneDays"]

_RELEASED = ".released.json"
_TABLES = ("zones", "membership", "levels")


@dataclass(frozen=True, slots=True)
class ZoneDay:
    """The zones of one day as they were drawn.

    Attributes
    ----------
    as_of : date
        The day.
    rules : str
        Identifier of the rule set.
    drawn_at : datetime
        Time of drawing, with zone.
    draft : str
        Identifier of the draft it belongs to; empty where none was kept.
    release : str
        Digest of the release that published it; empty while it is not released.
    zones : DataFrame
        The containment zones (``ZONES``) without geometry.
    membership : DataFrame
        Private: ``case_id, role, zone_id, certainty, clock_day``.
    levels : DataFrame
        ``code, epidemic_level`` of every commune.
    retired : frozenset of str
        Names of zones that are no more.
    """

    as_of: date
    rules: str
    drawn_at: datetime
    draft: str
    release: str
    zones: pd.DataFrame
    membership: pd.DataFrame
    levels: pd.DataFrame
    retired: frozenset[str]


class ZoneDays:
    """A private folder of days, one line of them for each disease.

    Parameters
    ----------
    root : Path
        The folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, line: str, days: Iterable[ZoneDay]) -> None:
        """Keep days, each in place of what was drawn for it before.

        Parameters
        ----------
        line : str
            The disease or diseases.
        days : iterable of ZoneDay
            The days; a released one is also kept as released.

        Raises
        ------
        ValueError
            If the line is not small letters, digits and ``+ . -``.
        StoreError
            If the disk refuses; every day is as it was or whole.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]*", line):
            raise ValueError(f"{line!r} cannot name a line of days")
        with refusals(self._root):
            for folder in (self._root, self._root / line):
                make_folder(folder, private=True)
            objects = Objects(self._root / "objects", private=True)
            with locked(self._root / ".lock", wait=True):
                remove_leftovers(self._root / line)
                for day in days:
                    self._write(line, day, objects)
                objects.sweep(self._used())

    def before(self, line: str, as_of: date) -> ZoneDay | None:
        """Find the newest day before a day; of a released day, what was released.

        Parameters
        ----------
        line : str
            The disease or diseases.
        as_of : date
            The day to draw.

        Returns
        -------
        ZoneDay or None
            None if no earlier day was drawn.

        Raises
        ------
        StoreError
            If what was kept has changed on disk.
        """
        earlier = [day for day in self.days(line) if day < as_of]
        return self.load(line, earlier[-1]) if earlier else None

    def released_before(self, line: str, as_of: date) -> ZoneDay | None:
        """Find the newest day before a day that was released.

        Parameters
        ----------
        line : str
            The disease or diseases.
        as_of : date
            The day to draw.

        Returns
        -------
        ZoneDay or None
            None if no earlier day was released.

        Raises
        ------
        StoreError
            If what was kept has changed on disk.
        """
        found = [path.name[:10] for path in (self._root / line).glob(f"????-??-??{_RELEASED}")]
        earlier = [name for name in sorted(found) if name < as_of.isoformat()]
        return self.load(line, date.fromisoformat(earlier[-1])) if earlier else None

    def days(self, line: str) -> tuple[date, ...]:
        """List the days drawn.

        Parameters
        ----------
        line : str
            The disease or diseases.

        Returns
        -------
        tuple of date
            In order.
        """
        found = {path.name[:10] for path in (self._root / line).glob("????-??-??*.json")}
        return tuple(sorted(date.fromisoformat(name) for name in found))

    def lines(self) -> tuple[str, ...]:
        """List the diseases of which days were drawn.

        Returns
        -------
        tuple of str
            In order.
        """
        if not self._root.is_dir():
            return ()
        return tuple(
            sorted(path.name for path in self._root.iterdir() if path.is_dir() and path.name != "objects")
        )

    def load(self, line: str, as_of: date) -> ZoneDay:
        """Read a day; of a released day, what was released.

        Parameters
        ----------
        line : str
            The disease or diseases.
        as_of : date
            The day.

        Returns
        -------
        ZoneDay
            With its private part.

        Raises
        ------
        StoreError
            If it is missing or has changed on disk.
        """
        with refusals(self._root):
            data = read_bytes(self._path(line, as_of, _RELEASED)) or read_bytes(self._path(line, as_of))
            if data is None:
                raise StoreError(f"no zones are kept for {as_of.isoformat()}")
            return self._day(as_of, json.loads(data))

    def mark_released(self, as_of: date, *, draft: str, release: str) -> bool:
        """Say that a day was released as it was drawn.

        Parameters
        ----------
        as_of : date
            The day.
        draft : str
            Identifier of the draft that was published.
        release : str
            Digest of the release.

        Returns
        -------
        bool
            Whether that draft is the one kept for the day.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        for line in self.lines():
            with refusals(self._root):
                data = read_bytes(self._path(line, as_of))
                kept = {} if data is None else json.loads(data)
                if kept.get("draft") != draft:
                    continue
                day = replace(self._day(as_of, kept), release=release)
            self.save(line, [day])
            return True
        return False

    def _day(self, as_of: date, kept: dict[str, Any]) -> ZoneDay:
        objects = Objects(self._root / "objects", private=True)
        return ZoneDay(
            as_of=as_of,
            rules=kept["rules"],
            drawn_at=datetime.fromisoformat(kept["drawn_at"]),
            draft=kept["draft"],
            release=kept["release"],
            retired=frozenset(kept["retired"]),
            **{name: read_attributes(objects.get(kept[name])) for name in _TABLES},
        )

    def _write(self, line: str, day: ZoneDay, objects: Objects) -> None:
        kept = {
            "rules": day.rules,
            "drawn_at": moment(day.drawn_at),
            "draft": day.draft,
            "release": day.release,
            "retired": sorted(day.retired),
            **{name: objects.put(attributes_blob(getattr(day, name))) for name in _TABLES},
        }
        data = canonical(kept)
        write_whole(self._path(line, day.as_of), data)
        if day.release:
            write_whole(self._path(line, day.as_of, _RELEASED), data)

    def _used(self) -> set[str]:
        kept = [json.loads(path.read_bytes()) for path in self._root.glob("*/*.json")]
        return {day[name] for day in kept for name in _TABLES}

    def _path(self, line: str, as_of: date, suffix: str = ".json") -> Path:
        return self._root / line / f"{as_of.isoformat()}{suffix}"
