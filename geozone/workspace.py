"""One folder that holds an outbreak: the private database, the unit outlines, drafts and releases.

::

    workspace/
      geozone.db      private: cases, places, geocodes, population, doses, audit
      overrides/      levels set by decision, by digest, and a pointer
      committee-figures/  private: what the committee handed in, by digest, and a pointer
      units/          imported outlines, one folder by digest, and a pointer
      ward-changes/   imported record of former communes, by digest, and a pointer
      places/         imported streets, house numbers and hamlets, by digest, and a pointer
      blocks/, roads/ imported blocks, and roads and rivers, by digest, and a pointer
      drafts/         private: what was drawn and not yet decided
      zones/          private: the zones of each day and the cases they rest on
      rejects/        private: rows that could not be read, to be mended and imported again
      releases/       public: immutable, content-addressed
      cache/          what can be made again
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.release import DraftStore, ReleaseStore, ZoneDays

if TYPE_CHECKING:
    import pandas as pd

    from geozone.admin import AdminUnits, WardChanges
    from geozone.places import Gazetteer
    from geozone.store import Store
    from geozone.types import Source
    from geozone.zoning.blocks import Ground
    from geozone.zoning.blocks.ground_files import GroundTable

# The database and the outlines are loaded where they are used: a service that only reads releases
# starts without them.

__all__ = ["MARKER", "Workspace", "open_public"]

MARKER = "workspace.json"
_FORMAT = 1
_PRIVATE = 0o700


class Workspace:
    """An open workspace; a context manager.

    Parameters
    ----------
    root : Path
        The folder.
    store : Store
        Its private database, open.
    """

    def __init__(self, root: Path, store: Store) -> None:
        self.root = root
        self.store = store
        self.releases = ReleaseStore(root / "releases")
        self.drafts = DraftStore(root / "drafts")
        self.zone_days = ZoneDays(root / "zones")

    @classmethod
    def create(cls, root: Path, *, created_at: datetime, database_url: str | None = None) -> Workspace:
        """Make a new workspace.

        Parameters
        ----------
        root : Path
            A folder that does not exist or is empty.
        created_at : datetime
            Time of creation, with zone.
        database_url : str, optional
            SQLAlchemy address of the private database; a SQLite file in the folder by default.

        Returns
        -------
        Workspace
            Open.

        Raises
        ------
        ConflictError
            If the folder already holds something.
        StoreError
            If the disk refuses.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise ConflictError(f"{root} already exists and is not empty; name a new folder")
        try:
            root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            for name in ("units", "rejects", "cache"):
                (root / name).mkdir(mode=_PRIVATE)
            from geozone.store import Store  # noqa: PLC0415

            store = Store.open(database_url or root / "geozone.db", create=True)
            marker = {"format": _FORMAT, "created_at": created_at.isoformat()}
            _write_atomically(root / MARKER, json.dumps(marker) + "\n")
        except OSError as error:
            raise StoreError(f"{root} cannot be written: {error.strerror}") from error
        return cls(root, store)

    @classmethod
    def open(cls, root: Path, *, database_url: str | None = None) -> Workspace:
        """Open a workspace.

        Parameters
        ----------
        root : Path
            The folder.
        database_url : str, optional
            SQLAlchemy address of the private database, if it is not in the folder.

        Returns
        -------
        Workspace
            Open.

        Raises
        ------
        NotFoundError
            If the folder is not a workspace.
        StoreError
            If it was written by a newer geozone, or the database cannot be opened.
        """
        from geozone.store import Store  # noqa: PLC0415

        _check_marker(root)
        return cls(root, Store.open(database_url or root / "geozone.db"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    @property
    def cache(self) -> Path:
        """Folder for what can be made again."""
        return self.root / "cache"

    def units(self) -> AdminUnits:
        """Read the outlines in force: the imported ones, else the embedded approximate ones.

        Returns
        -------
        AdminUnits
            Current edition.
        """
        from geozone.admin import AdminUnits, load_units  # noqa: PLC0415

        digest = self.units_digest()
        return load_units() if digest is None else AdminUnits.read(self._unit_path(digest))

    def units_digest(self) -> str | None:
        """Name the imported outlines in force.

        Returns
        -------
        str or None
            Digest of the source file; none while the embedded ones are used.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        return self._pointed("units", "")

    def set_units(self, units: AdminUnits) -> None:
        """Put imported outlines in force; the pointer moves last, so a kill leaves the old ones.

        Parameters
        ----------
        units : AdminUnits
            Outlines read from a file.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        try:
            units.write(self._unit_path(units.source.sha256))
            _write_atomically(self.root / "units" / "current", units.source.sha256 + "\n")
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error

    def gazetteer(self) -> Gazetteer | None:
        """Open the streets, house numbers and hamlets in force.

        Returns
        -------
        Gazetteer or None
            None while none were imported.

        Raises
        ------
        StoreError
            If they are damaged.
        """
        digest = self.gazetteer_digest()
        if digest is None:
            return None
        from geozone.places import Gazetteer  # noqa: PLC0415

        return Gazetteer.read(self.places_folder, digest)

    def place_sources(self) -> tuple[Source, ...]:
        """Name the files that the gazetteer in force is made of, with their licences.

        Returns
        -------
        tuple of Source
            Empty while none were imported.

        Raises
        ------
        StoreError
            If they are damaged.
        """
        gazetteer = self.gazetteer()
        return () if gazetteer is None else gazetteer.provenance

    def gazetteer_digest(self) -> str | None:
        """Name the gazetteer in force.

        Returns
        -------
        str or None
            Digest of its sources; none while none were imported.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        return self._pointed("places", ".json")

    def set_gazetteer(self, gazetteer: Gazetteer) -> bool:
        """Put a gazetteer in force; the pointer moves last, so a kill leaves the old one.

        Parameters
        ----------
        gazetteer : Gazetteer
            Its tables were made in `places_folder`.

        Returns
        -------
        bool
            Whether another one was in force.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        pointer = self.places_folder / "current"
        if pointer.exists() and self.gazetteer_digest() == gazetteer.digest:
            return False
        digest = gazetteer.write(self.places_folder)
        try:
            _write_atomically(pointer, digest + "\n")
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error
        return True

    def ground(self) -> Ground | None:
        """Read the blocks and roads in force.

        Returns
        -------
        Ground or None
            None while neither were imported.

        Raises
        ------
        StoreError
            If a file is damaged.
        """
        blocks, roads = self.ground_table("blocks"), self.ground_table("roads")
        if blocks is None and roads is None:
            return None
        from geozone.zoning.blocks import Ground  # noqa: PLC0415

        return Ground(None if blocks is None else blocks.table, None if roads is None else roads.table)

    def ground_sources(self) -> tuple[Source, ...]:
        """Name the files that the blocks and roads in force came from.

        Returns
        -------
        tuple of Source
            Empty while neither were imported.
        """
        tables = (self.ground_table("blocks"), self.ground_table("roads"))
        return tuple(source for table in tables if table is not None for source in table.sources)

    def ground_table(self, what: Literal["blocks", "roads"]) -> GroundTable | None:
        """Read the blocks, or the roads, in force.

        Parameters
        ----------
        what : str
            ``blocks`` or ``roads``.

        Returns
        -------
        GroundTable or None
            None while none were imported.

        Raises
        ------
        StoreError
            If the file is damaged.
        """
        from geozone.schema import BLOCKS, ROADS  # noqa: PLC0415
        from geozone.zoning.blocks.ground_files import SUFFIX, GroundTable  # noqa: PLC0415

        digest = self._pointed(what, SUFFIX)
        schema = BLOCKS if what == "blocks" else ROADS
        return None if digest is None else GroundTable.read(self.root / what, digest, schema)

    def set_ground_table(self, what: Literal["blocks", "roads"], table: GroundTable) -> bool:
        """Put blocks, or roads, in force; the pointer moves last, so a kill leaves the old ones.

        Parameters
        ----------
        what : str
            ``blocks`` or ``roads``.
        table : GroundTable
            The rows.

        Returns
        -------
        bool
            Whether others were in force.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        from geozone.zoning.blocks.ground_files import SUFFIX  # noqa: PLC0415

        before = self._pointed(what, SUFFIX)
        digest = table.write(self.root / what)
        if digest == before:
            return False
        try:
            _write_atomically(self.root / what / "current", digest + "\n")
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error
        return True

    @property
    def places_folder(self) -> Path:
        """Folder of the gazetteer's tables."""
        return self.root / "places"

    def ward_changes(self) -> pd.DataFrame | None:
        """Read the record of former communes in force.

        Returns
        -------
        DataFrame or None
            `geozone.schema.WARD_CHANGES`; none while none was imported.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        return self.handed_in("ward-changes")

    def ward_changes_digest(self) -> str | None:
        """Name the record of former communes in force.

        Returns
        -------
        str or None
            Digest of the file; none while none was imported.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        return self._pointed("ward-changes", "")

    def set_ward_changes(self, changes: WardChanges) -> bool:
        """Put a record of former communes in force; the pointer moves last, so a kill leaves the old one.

        Parameters
        ----------
        changes : WardChanges
            As read from a file.

        Returns
        -------
        bool
            Whether another one was in force.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        return self.hand_in(changes.table, changes.source)

    def handed_in(self, kind: str) -> pd.DataFrame | None:
        """Read the table of one kind that is in force.

        Parameters
        ----------
        kind : str
            ``ward-changes``, ``overrides`` or ``committee-figures``.

        Returns
        -------
        DataFrame or None
            None while none was imported.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        digest = self._pointed(kind, "")
        if digest is None:
            return None
        import pandas as pd  # noqa: PLC0415

        return pd.read_parquet(self.root / kind / digest)

    def handed_in_sources(self) -> tuple[Source, ...]:
        """Name the files of what was handed in and is in force.

        Returns
        -------
        tuple of Source
            Of levels set by decision, and of the committee's figures.

        Raises
        ------
        StoreError
            If a pointer is damaged.
        """
        from geozone.types import Source  # noqa: PLC0415

        found = []
        for kind in ("overrides", "committee-figures"):
            digest, table = self._pointed(kind, ""), self.handed_in(kind)
            if digest is not None and table is not None:
                found.append(Source(kind, str(table.attrs.get("source", kind)), digest, ""))
        return tuple(found)

    def hand_in(self, table: pd.DataFrame, source: Source) -> bool:
        """Put a table in force in place of the one before; the pointer moves last, so a kill leaves that.

        Parameters
        ----------
        table : DataFrame
            As read from a file.
        source : Source
            The file; its kind names the table.

        Returns
        -------
        bool
            Whether another one was in force.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        folder, digest = self.root / source.kind, source.sha256
        pointer = folder / "current"
        if pointer.exists() and self._pointed(source.kind, "") == digest:
            return False
        try:
            folder.mkdir(mode=_PRIVATE, exist_ok=True)
            part = folder / f".{digest}.{os.getpid()}.tmp"
            table.attrs["source"] = source.name
            table.to_parquet(part, index=False)
            part.replace(folder / digest)
            _write_atomically(pointer, digest + "\n")
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error
        return True

    def _pointed(self, what: str, suffix: str) -> str | None:
        """Read the digest that a pointer names."""
        pointer = self.root / what / "current"
        if not pointer.exists():
            return None
        digest = pointer.read_text(encoding="ascii").strip()
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not (pointer.parent / (digest + suffix)).exists():
            raise StoreError(f"{pointer} does not name imported {what}; import them again")
        return digest

    def _unit_path(self, digest: str) -> Path:
        return self.root / "units" / digest


def open_public(root: Path) -> tuple[ReleaseStore, Path]:
    """Open the part of a workspace that a service reads; the private database stays closed.

    Parameters
    ----------
    root : Path
        The folder.

    Returns
    -------
    releases : ReleaseStore
        The releases.
    cache : Path
        Folder for what can be made again.

    Raises
    ------
    NotFoundError
        If the folder is not a workspace.
    StoreError
        If it was written by a newer geozone.
    """
    _check_marker(root)
    return ReleaseStore(root / "releases"), root / "cache"


def _check_marker(root: Path) -> None:
    try:
        marker = json.loads((root / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"{root} is not a geozone workspace; make one with: geozone init {root}"
        ) from error
    if marker.get("format") != _FORMAT:
        raise StoreError(
            f"{root} has workspace format {marker.get('format')!r}; this geozone reads {_FORMAT}"
        )


def _write_atomically(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
