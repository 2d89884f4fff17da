"""The private database, open: cases, places, persons, geocodes and reference figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from geozone.access.sealing import IdentifierKeys
from geozone.schema import CASE_PLACES, CASES
from geozone.store import backup, geocodes, line_lists, records
from geozone.store.accounts import Accounts
from geozone.store.approvals import Approvals
from geozone.store.checksums import TableChecksum, table_checksums
from geozone.store.engine import LOCK_SECONDS, address, connect, reading, writing
from geozone.store.erasure import Erasures
from geozone.store.figures import Figures
from geozone.store.frames import among, read
from geozone.store.geocodes import Besides, GeocodeReport
from geozone.store.gis_views import make_gis_views
from geozone.store.identifiers import Identifiers, key_file_of
from geozone.store.line_lists import PERSONS, ImportReport, LineListLike
from geozone.store.reviewing import Reviews
from geozone.store.sealed import open_frame
from geozone.store.sessions import Sessions
from geozone.store.versions import migrate
from geozone.types import Source

__all__ = ["Store"]


class Store(Figures, Reviews, Approvals, Accounts, Sessions, Identifiers, Erasures):
    """The private database, open; a context manager.

    Every method that writes is one transaction: it is on disk when the method returns, or nothing has
    changed. Tables come out in the dtypes of ``geozone.schema``, in order of arrival. Make one with
    ``Store.open``.
    """

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        create: bool = False,
        lock_seconds: float = LOCK_SECONDS,
        key_file: Path | None = None,
    ) -> Self:
        """Open a database, bringing its tables up to date.

        Parameters
        ----------
        where : str or Path
            A SQLite file, or an address such as ``postgresql://user@host/name``.
        create : bool
            Whether the file and its tables are made if they are missing.
        lock_seconds : float
            How long to wait for another writer, seconds.
        key_file : Path, optional
            File of the keys that identifiers are encrypted with, made with the first; beside a SQLite file it
            is `secrets/identifiers.keys`.

        Returns
        -------
        Store
            Open.

        Raises
        ------
        NotFoundError
            If there is no such database and it is not to be made.
        StoreError
            If it is damaged, locked, read-only or made by a newer geozone, or the key is missing.
        """
        url = address(where)
        keys = IdentifierKeys(key_file or key_file_of(url))
        engine = connect(url, create=create, lock_seconds=lock_seconds, keys=keys)
        try:
            migrate(engine, create=create, keys=keys)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self._engine.url.render_as_string(hide_password=True)!r})"

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def import_line_list(self, line_list: LineListLike, *, imported_at: datetime, actor: str) -> ImportReport:
        """Import a line list: new cases are added, changed ones updated and audited, none is removed.

        A column on which the whole file is silent keeps its stored values, and so does a kind of place.
        Importing the same content twice changes nothing.

        Parameters
        ----------
        line_list : LineListLike
            Cases, places and persons of one file.
        imported_at : datetime
            Time of import, with zone.
        actor : str
            Who imports.

        Returns
        -------
        ImportReport
            What changed.

        Raises
        ------
        DataError
            If a table breaks its contract; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            return line_lists.import_line_list(connection, line_list, imported_at=imported_at, actor=actor)

    def cases(self, *, only: Sequence[str] | None = None) -> pd.DataFrame:
        """Read the cases.

        Parameters
        ----------
        only : sequence of str, optional
            Only these; at least one.

        Returns
        -------
        DataFrame
            ``CASES``.
        """
        with reading(self._engine) as connection:
            if only is None:
                return read(connection, "cases", CASES.columns, tail="ORDER BY seq")
            tail = f"{among('case_id', only)} ORDER BY seq"
            return read(connection, "cases", CASES.columns, tail=tail, values=tuple(only))

    def places(self) -> pd.DataFrame:
        """Read the places of the cases.

        Returns
        -------
        DataFrame
            Private: ``CASE_PLACES``.
        """
        with reading(self._engine) as connection:
            found = read(connection, "case_places", CASE_PLACES.columns, tail="ORDER BY seq")
            return open_frame(connection, "case_places", found)

    def persons(self) -> pd.DataFrame:
        """Read names and telephone numbers.

        Returns
        -------
        DataFrame
            Private: ``case_id, person_name, phone``.
        """
        with reading(self._engine) as connection:
            found = read(connection, "case_persons", PERSONS.columns, tail="ORDER BY seq")
            return open_frame(connection, "case_persons", found)

    def pending_places(self, inputs: str, *, besides: Besides | None = None) -> pd.DataFrame:
        """Read the places that must be geocoded.

        Parameters
        ----------
        inputs : str
            Fingerprint of the geocoder and of the outlines in force.
        besides : callable, optional
            Tells of an address what its answer alone rests on besides, such as taught aliases.

        Returns
        -------
        DataFrame
            Private: ``CASE_PLACES`` and ``revision``; places without a geocode, or with one made from
            another address, point, report date or fingerprint; never a place set by hand.
        """
        with reading(self._engine) as connection:
            return geocodes.read_pending(connection, inputs, besides)

    def geocodes(self) -> pd.DataFrame:
        """Read the geocodes.

        Returns
        -------
        DataFrame
            Private: ``case_id, role``, ``GEOCODES``, ``manual`` and ``outdated`` (the place has changed
            since; a place set by hand stays so until a person sets it again).
        """
        with reading(self._engine) as connection:
            return geocodes.read_geocodes(connection)

    def save_geocodes(
        self,
        answers: pd.DataFrame,
        *,
        geocoded_at: datetime,
        actor: str,
        inputs: str,
        manual: bool = False,
        made_from: pd.DataFrame | None = None,
        besides: Besides | None = None,
    ) -> GeocodeReport:
        """Save geocodes; a place set by hand is never overwritten by a batch.

        Parameters
        ----------
        answers : DataFrame
            ``case_id, role`` and ``GEOCODES``.
        geocoded_at : datetime
            Time of geocoding, with zone.
        actor : str
            Who asked.
        inputs : str
            Fingerprint of the geocoder and of the outlines used.
        manual : bool
            Whether a person has set these places.
        made_from : DataFrame, optional
            What ``pending_places`` gave: an answer for a place that has changed since is left out.
        besides : callable, optional
            What ``pending_places`` was asked with.

        Returns
        -------
        GeocodeReport
            What was saved and what was not.

        Raises
        ------
        DataError
            If the answers break their contract; nothing changes.
        NotFoundError
            If a place set by hand does not exist; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            return geocodes.save_geocodes(
                connection,
                answers,
                geocoded_at=geocoded_at,
                actor=actor,
                inputs=inputs,
                manual=manual,
                made_from=made_from,
                besides=besides,
            )

    def sources(self) -> tuple[Source, ...]:
        """List the sources in use: every line list, and every table that still has a row in the store.

        Returns
        -------
        tuple of Source
            In order of import.
        """
        with reading(self._engine) as connection:
            return records.read_sources(connection)

    def source_table(self) -> pd.DataFrame:
        """Read every source ever imported.

        Returns
        -------
        DataFrame
            ``kind, name, sha256, licence, imported_at, actor, rows``, in order of import.
        """
        with reading(self._engine) as connection:
            return records.read_source_table(connection)

    def audit(self, *, subject: str | None = None, limit: int | None = None) -> pd.DataFrame:
        """Read who did what, newest first.

        Parameters
        ----------
        subject : str, optional
            Only what concerns this case.
        limit : int, optional
            At most so many entries.

        Returns
        -------
        DataFrame
            ``at, actor, action, subject, detail`` (a dict); never a name, telephone number, address or
            point.
        """
        with reading(self._engine) as connection:
            return records.read_audit(connection, subject=subject, limit=limit)

    def mark(self) -> tuple[int, int]:
        """Tell how far the store has been written, by whichever process; readings do not count.

        Returns
        -------
        tuple of int
            Another one after every import, geocoding, decision and setting.
        """
        with reading(self._engine) as connection:
            return records.read_mark(connection)

    def decided_since(self, mark: tuple[int, int]) -> pd.DataFrame | None:
        """Read the cases that reviewers have decided about since a mark, if nothing else was written.

        Parameters
        ----------
        mark : tuple of int
            An earlier ``mark``.

        Returns
        -------
        DataFrame or None
            Private: their rows, cases and geocodes joined, in order of arrival; ``None`` if anything but
            decisions was written, or more than 500 cases were decided about.
        """
        with reading(self._engine) as connection:
            ids = records.read_decided(connection, mark)
            if ids is None:
                return None
            if not ids:
                return pd.DataFrame(columns=["case_id"])
            tail = f"{among('case_id', ids)} ORDER BY seq"
            cases = read(connection, "cases", CASES.columns, tail=tail, values=ids)
            places = geocodes.read_geocodes(connection, cases=ids).drop(columns=["outdated"])
        return cases.merge(places, on="case_id", how="inner", validate="1:m")

    def setting(self, key: str, default: Any = None) -> Any:
        """Read a setting of this outbreak, such as the province in focus.

        Parameters
        ----------
        key : str
            Its name.
        default : object
            What to give where nothing was set.

        Returns
        -------
        object
            What was set.
        """
        with reading(self._engine) as connection:
            found = records.read_setting(connection, key)
        return default if found is None else found

    def set_setting(self, key: str, value: Any, *, set_at: datetime, actor: str) -> None:
        """Set a setting of this outbreak.

        Parameters
        ----------
        key : str
            Its name.
        value : object
            Anything that JSON can hold.
        set_at : datetime
            Time, with zone.
        actor : str
            Who sets it.

        Raises
        ------
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            if records.write_setting(connection, key, value):
                records.append_audit(
                    connection, at=set_at, actor=actor, action="set", entries=[(key, {"value": value})]
                )

    def backup(self, target: Path) -> None:
        """Write one SQLite file that holds everything, while the database stays in use.

        Parameters
        ----------
        target : Path
            The file; what stood there is replaced only when the copy is complete.

        Raises
        ------
        StoreError
            If the database or the disk refuses; ``target`` is as it was.
        """
        backup.write_backup(self._engine, target)

    def copy_to(self, target: Store) -> dict[str, int]:
        """Copy everything into an empty store, of either kind; what is encrypted stays so.

        Parameters
        ----------
        target : Store
            Open and empty.

        Returns
        -------
        dict of str to int
            Rows copied, by table.

        Raises
        ------
        StoreError
            If the target holds rows or lacks the key, or a database refuses; the target is then unchanged.
        """
        target.keys.check(self.identifier_keys())
        with reading(self._engine) as source, writing(target._engine) as empty:
            return backup.copy_rows(source, empty)

    def integrity_faults(self) -> list[str]:
        """Ask the database whether it is whole.

        Returns
        -------
        list of str
            What is wrong; empty if nothing is.
        """
        return backup.integrity_faults(self._engine)

    def checksums(self) -> dict[str, TableChecksum]:
        """Add up every table, to compare a copy with what it was made of.

        Returns
        -------
        dict of str to TableChecksum
            By table; equal on both kinds of database.

        Raises
        ------
        StoreError
            If the database refuses.
        """
        with reading(self._engine) as connection:
            return table_checksums(connection)

    def make_gis_views(self) -> tuple[str, ...]:
        """Make views with geometry columns for QGIS and other programs.

        Returns
        -------
        tuple of str
            Their names, with the schema.

        Raises
        ------
        StoreError
            If the database is not PostgreSQL with PostGIS.
        """
        with writing(self._engine) as connection:
            return make_gis_views(connection)
