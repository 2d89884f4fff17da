"""What a workspace was told about the place: outlines, streets, blocks, homes, former communes, decisions.

Each kind is a folder of files named by their digest, with a pointer to the one in force. The pointer is
moved last, so a kill leaves what was in force; the same file again changes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from geozone.errors import StoreError
from geozone.workspace.writing import write_atomically

if TYPE_CHECKING:
    import pandas as pd

    from geozone.admin import AdminUnits, WardChanges
    from geozone.places import Gazetteer
    from geozone.types import Source
    from geozone.zoning.blocks import Ground
    from geozone.zoning.blocks.ground_files import GroundTable

__all__ = ["GroundKind", "ReferenceFiles"]

GroundKind = Literal["blocks", "roads", "people"]
"""What is known below the commune."""
_GROUND: tuple[GroundKind, ...] = ("blocks", "roads", "people")

_PRIVATE = 0o700


class ReferenceFiles:
    """The reference files of a workspace.

    Parameters
    ----------
    root : Path
        Folder of the workspace.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._units: tuple[str | None, AdminUnits] | None = None

    def units(self) -> AdminUnits:
        """Read the outlines in force: the imported ones, else the embedded approximate ones.

        Returns
        -------
        AdminUnits
            Current edition.
        """
        from geozone.admin import AdminUnits, load_units  # noqa: PLC0415

        digest = self.units_digest()
        if self._units is None or self._units[0] != digest:
            read = load_units() if digest is None else AdminUnits.read(self._unit_path(digest))
            self._units = (digest, read)
        return self._units[1]

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
        with self._refusals():
            units.write(self._unit_path(units.source.sha256))
            self._put_in_force("units", units.source.sha256)

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
        from geozone.places import remove_unused  # noqa: PLC0415

        pointer = self.places_folder / "current"
        before = self.gazetteer_digest() if pointer.exists() else None
        if before is not None and before == gazetteer.digest:
            return False
        digest = gazetteer.write(self.places_folder)
        with self._refusals():
            self._put_in_force("places", digest)
        if before is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                remove_unused(self.places_folder, digest, before)
        return True

    def ground(self) -> Ground | None:
        """Read the blocks, roads and homes in force.

        Returns
        -------
        Ground or None
            None while none of them were imported.

        Raises
        ------
        StoreError
            If a file is damaged.
        """
        blocks, roads, people = (self.ground_table(what) for what in _GROUND)
        if blocks is None and roads is None and people is None:
            return None
        from geozone.zoning import Ground, PeoplePoints  # noqa: PLC0415

        return Ground(
            None if blocks is None else blocks.table,
            None if roads is None else roads.table,
            points=None if people is None else PeoplePoints.of(people.table),
        )

    def ground_sources(self) -> tuple[Source, ...]:
        """Name the files that the blocks, roads and homes in force came from.

        Returns
        -------
        tuple of Source
            Empty while none of them were imported.
        """
        tables = [self.ground_table(what) for what in _GROUND]
        return tuple(source for table in tables if table is not None for source in table.sources)

    def ground_table(self, what: GroundKind) -> GroundTable | None:
        """Read the blocks, the roads or the homes in force.

        Parameters
        ----------
        what : str
            ``blocks``, ``roads`` or ``people``.

        Returns
        -------
        GroundTable or None
            None while none were imported.

        Raises
        ------
        StoreError
            If the file is damaged.
        """
        from geozone.schema import BLOCKS, PEOPLE, ROADS  # noqa: PLC0415
        from geozone.zoning.blocks.ground_files import SUFFIX, GroundTable  # noqa: PLC0415

        digest = self._pointed(what, SUFFIX)
        schema = {"blocks": BLOCKS, "roads": ROADS, "people": PEOPLE}[what]
        return None if digest is None else GroundTable.read(self.root / what, digest, schema)

    def set_ground_table(self, what: GroundKind, table: GroundTable) -> bool:
        """Put blocks, roads or homes in force; the pointer moves last, so a kill leaves the old ones.

        Parameters
        ----------
        what : str
            ``blocks``, ``roads`` or ``people``.
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
        with self._refusals():
            self._put_in_force(what, digest)
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
        with self._refusals():
            folder.mkdir(mode=_PRIVATE, exist_ok=True)
            part = folder / f".{digest}.{os.getpid()}.tmp"
            table.attrs["source"] = source.name
            table.to_parquet(part, index=False)
            with part.open("rb") as written:
                os.fsync(written.fileno())  # on the disk before the pointer names it
            part.replace(folder / digest)
            self._put_in_force(source.kind, digest)
        return True

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Say in plain words that the disk refuses."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error

    def _put_in_force(self, what: str, digest: str) -> None:
        """Move a pointer: the last step of every import."""
        write_atomically(self.root / what / "current", digest + "\n")

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
