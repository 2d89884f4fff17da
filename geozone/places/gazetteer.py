"""A gazetteer: streets, house numbers, hamlets, estates and parks of one or several files.

::

    places/
      tables/<sha256>.arrow    one table a source file, content-addressed, read by memory map
      <sha256>.json            a gazetteer: the sources it is made of, with checksum, licence and counts
      current                  the one in force (kept by the workspace)
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import pyarrow as pa

from geozone.errors import StoreError
from geozone.places.model import PLACES
from geozone.types import Source

__all__ = ["FORMAT", "Gazetteer", "PlaceSource", "remove_unused"]

FORMAT: Final = 1
"""Version of the tables: one of another version is made again from its file."""


class PlaceSource(NamedTuple):
    """One file of a gazetteer."""

    name: str
    sha256: str
    """Checksum of the file as it was given."""
    licence: str
    reading: str
    """How it was read, where not by default: kind, columns and layers asked for, JSON."""
    table: str
    """Checksum of the table made of it."""
    counts: dict[str, int]
    """Places by kind."""


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Places below the commune, as tables by source.

    Attributes
    ----------
    sources : tuple of PlaceSource
        The files, in order of name.
    tables : tuple of pyarrow.Table
        `PLACES`, one per source; mapped from the disk where they were read from there.
    folder : Path or None
        Where they were read from: another process opens them there instead of being sent a copy.
    """

    sources: tuple[PlaceSource, ...]
    tables: tuple[pa.Table, ...]
    folder: Path | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process by name, where the tables are on the disk."""
        if self.folder is None:
            return Gazetteer, (self.sources, self.tables)
        return Gazetteer.read, (self.folder, self.digest)

    @property
    def digest(self) -> str:
        """Checksum of the sources: the same files read alike give the same."""
        return hashlib.sha256(self._manifest()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Places by kind, over all sources."""
        total: dict[str, int] = {}
        for source in self.sources:
            for kind, count in source.counts.items():
                total[kind] = total.get(kind, 0) + count
        return dict(sorted(total.items()))

    @property
    def provenance(self) -> tuple[Source, ...]:
        """Where the places came from, as releases keep it."""
        return tuple(Source("places", part.name, part.sha256, part.licence) for part in self.sources)

    def _manifest(self) -> bytes:
        rows = [source._asdict() for source in self.sources]
        return json.dumps({"format": FORMAT, "sources": rows}, ensure_ascii=False, sort_keys=True).encode()

    def write(self, folder: Path) -> str:
        """Write the list of sources; their tables are in the folder already.

        Parameters
        ----------
        folder : Path
            Where the tables were made.

        Returns
        -------
        str
            The digest, by which `read` finds it again.

        Raises
        ------
        StoreError
            If the disk refuses; nothing is half-written.
        """
        data = self._manifest()
        digest = hashlib.sha256(data).hexdigest()
        part = folder / f".{digest}.{uuid4().hex}"
        try:
            with part.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(folder / f"{digest}.json")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError(f"{folder.name} cannot be written: {error.strerror or error}") from error
        return digest

    @classmethod
    def read(cls, folder: Path, digest: str) -> Gazetteer:
        """Open a gazetteer; its tables are mapped, not loaded.

        Parameters
        ----------
        folder : Path
            Where it was written.
        digest : str
            Which.

        Returns
        -------
        Gazetteer
            Open.

        Raises
        ------
        StoreError
            If a file is missing, damaged or of another format.
        """
        try:
            about = json.loads((folder / f"{digest}.json").read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise StoreError(f"places of format {about['format']}; import them again")
            sources = [PlaceSource(**row) for row in about["sources"]]
            tables = tuple(open_table(folder, source.table) for source in sources)
            return cls(tuple(sources), tables, folder)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise StoreError(
                f"the places {digest[:12]} cannot be read; import them again ({error})"
            ) from error


def remove_unused(folder: Path, current: str, previous: str) -> int:
    """Remove what neither the gazetteer in force nor the one before it names.

    The one before stays for whoever is opening it just now; what is newer than it may belong to an import
    that is still going on.

    Parameters
    ----------
    folder : Path
        Where gazetteers were written.
    current, previous : str
        Their digests.

    Returns
    -------
    int
        Files removed; one that the system will not let go is left for the next time.
    """
    kept = {
        table_path(folder, source.table) for one in (current, previous) for source in _sources(folder, one)
    }
    kept |= {folder / f"{digest}.json" for digest in (current, previous)}
    before = (folder / f"{previous}.json").stat().st_mtime_ns
    removed = 0
    for path in [*folder.glob("*.json"), *table_path(folder, "").parent.glob("*.arrow")]:
        if path not in kept and path.stat().st_mtime_ns < before:
            with suppress(OSError):
                path.unlink()
                removed += 1
    return removed


def _sources(folder: Path, digest: str) -> list[PlaceSource]:
    about = json.loads((folder / f"{digest}.json").read_text(encoding="utf-8"))
    return [PlaceSource(**row) for row in about["sources"]]


def table_path(folder: Path, digest: str) -> Path:
    """Name the file of one table."""
    return folder / "tables" / f"{digest}.arrow"


def open_table(folder: Path, digest: str) -> pa.Table:
    """Map one table from the disk."""
    with pa.memory_map(str(table_path(folder, digest)), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    if table.schema != PLACES:
        raise ValueError("a table of other columns")
    return table


def in_order(sources: Sequence[tuple[PlaceSource, pa.Table]]) -> Gazetteer:
    """Make a gazetteer of sources, in order of their names."""
    ordered = sorted(sources, key=lambda part: part[0].name)
    return Gazetteer(tuple(part[0] for part in ordered), tuple(part[1] for part in ordered))
