"""Import files of places into a gazetteer: streamed, whole or not at all, twice the same as once."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from uuid import uuid4

import pyarrow as pa

from geozone.errors import DataError, Fault, StoreError
from geozone.places.chunks import open_chunks
from geozone.places.gazetteer import Gazetteer, PlaceSource, in_order, open_table, table_path
from geozone.places.model import PLACES
from geozone.places.rows import read_places
from geozone.types import PlaceKind, Progress, no_progress

__all__ = ["GazetteerImport", "PlaceReport", "import_gazetteer", "read_gazetteer"]

_MOST_FAULTS: Final = 1_000
_MAPS: Final = frozenset({".pbf", ".osm"})


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """What came of one file.

    Attributes
    ----------
    source : PlaceSource
        The file, with its counts.
    rows_read : int
        Rows of the file that were looked at; 0 where it was known already.
    skipped : int
        Rows that are no place a person would name in an address.
    fault_count : int
        Rows that are wrong; they were left out.
    faults : tuple of Fault
        The first thousand of them.
    """

    source: PlaceSource
    rows_read: int
    skipped: int
    fault_count: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class GazetteerImport:
    """What came of importing files of places.

    Attributes
    ----------
    gazetteer : Gazetteer
        The places now known.
    reports : tuple of PlaceReport
        One per file, in the order given.
    """

    gazetteer: Gazetteer
    reports: tuple[PlaceReport, ...]


def import_gazetteer(
    files: Sequence[Path],
    folder: Path,
    *,
    known: Gazetteer | None = None,
    kind: PlaceKind | None = None,
    columns: Mapping[str, str] | None = None,
    layers: Sequence[str] | None = None,
    licence: str = "",
    progress: Progress = no_progress,
) -> GazetteerImport:
    """Add files of places to a gazetteer.

    Parameters
    ----------
    files : sequence of Path
        OpenStreetMap extracts, map files or tables; read in parts, so that memory does not grow with
        them. A file of the name of a known one takes its place.
    folder : Path
        Where the tables are kept.
    known : Gazetteer, optional
        What is there already.
    kind : PlaceKind, optional
        Kind of every row, where the files do not say.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    layers : sequence of str, optional
        Layers of a map file; all where not given.
    licence : str
        Licence of the files, kept with them.
    progress : callable
        Told of rows read.

    Returns
    -------
    GazetteerImport
        The gazetteer is not written down: `Gazetteer.write` does.

    Raises
    ------
    DataError
        If a file cannot be read or holds no place.
    StoreError
        If the disk refuses. In either case what was known is as it was.
    """
    pairs = () if known is None else zip(known.sources, known.tables, strict=True)
    parts = {source.name: (source, table) for source, table in pairs}
    asked = _Asked(kind, dict(columns or {}), list(layers or ()), licence)
    reports = []
    for path in files:
        digest = _digest(path)
        old = parts.get(path.name)
        if old is not None and (old[0].sha256, old[0].reading) == (digest, asked.reading):
            source = old[0]._replace(licence=licence or old[0].licence)
            reports.append(PlaceReport(source, 0, 0, 0, ()))
            parts[path.name] = (source, old[1])
            continue
        report = _import_file(path, folder, digest, asked, progress)
        reports.append(report)
        parts[path.name] = (report.source, open_table(folder, report.source.table))
    return GazetteerImport(in_order(list(parts.values())), tuple(reports))


def read_gazetteer(
    *files: str | Path,
    kind: PlaceKind | str | None = None,
    columns: Mapping[str, str] | None = None,
    licence: str = "",
    progress: Progress = no_progress,
) -> Gazetteer:
    """Read files of places, without a workspace.

    Parameters
    ----------
    *files : str or Path
        OpenStreetMap extracts (``.osm.pbf``), GeoJSON, GeoPackage, other map files, or tables with
        coordinates.
    kind : PlaceKind or str, optional
        Kind of every row (``street``, ``address``, ``hamlet``, ``estate``, ``building``,
        ``industrial-park``, ``poi``), where the files do not say.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    licence : str
        Licence of the files.
    progress : callable
        Told of rows read.

    Returns
    -------
    Gazetteer
        In memory.

    Raises
    ------
    DataError
        If a file cannot be read or holds no place.
    """
    wanted = None if kind is None else PlaceKind(kind)
    with TemporaryDirectory(prefix="geozone-places-") as name:
        done = import_gazetteer(
            [Path(file) for file in files], Path(name), kind=wanted, columns=columns, licence=licence,
            progress=progress,
        )  # fmt: skip
        # Copied out of the mapped files, which go with the folder.
        tables = tuple(_in_memory(table) for table in done.gazetteer.tables)
        return Gazetteer(done.gazetteer.sources, tables)


def _in_memory(table: pa.Table) -> pa.Table:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return pa.ipc.open_file(sink.getvalue()).read_all()


class _Asked(NamedTuple):
    """How files are to be read."""

    kind: PlaceKind | None
    columns: dict[str, str]
    layers: list[str]
    licence: str

    @property
    def reading(self) -> str:
        """What was asked for besides the default, as a source keeps it."""
        asked = {"kind": self.kind, "columns": self.columns, "layers": self.layers}
        given = {key: value for key, value in asked.items() if value}
        return json.dumps(given, sort_keys=True, ensure_ascii=False)


def _digest(path: Path) -> str:
    """Checksum of a file, read in parts."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise DataError(path.name, [Fault(None, None, "no such file", "a file of places")]) from None
    except OSError as error:
        raise StoreError(f"{path.name}: cannot be read ({error.strerror or error})") from error


def _import_file(path: Path, folder: Path, digest: str, asked: _Asked, progress: Progress) -> PlaceReport:
    strict = path.suffix.lower() not in _MAPS
    counts: Counter[str] = Counter()
    faults: list[Fault] = []
    read = skipped = fault_count = 0
    with _written(folder, path.name) as writer:
        for chunk in open_chunks(path, columns=asked.columns, layers=asked.layers):
            rows = read_places(chunk, kind=asked.kind, strict=strict)
            if rows.table.num_rows:
                writer.write(rows.table)
                counts.update(rows.table.column("kind").to_pylist())
            read += len(chunk.rows)
            skipped += rows.skipped
            fault_count += len(rows.faults)
            faults += rows.faults[: _MOST_FAULTS - len(faults)]
            progress(path.name, read, None)
        if not counts:
            nothing = Fault(None, None, "no place", "streets, house numbers, hamlets or other named places")
            raise DataError(path.name, faults or [nothing])
    source = PlaceSource(
        path.name, digest, asked.licence, asked.reading, writer.digest, dict(sorted(counts.items()))
    )
    return PlaceReport(source, read, skipped, fault_count, tuple(faults))


class _TableWriter:
    """Writes one table and knows its checksum."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._sink, PLACES)
        self.digest = ""

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()
        self._sink.close()

    def finish(self) -> None:
        self.close()
        with self._path.open("rb+") as stream:
            os.fsync(stream.fileno())
        self.digest = _digest(self._path)


@contextmanager
def _written(folder: Path, name: str) -> Iterator[_TableWriter]:
    """Write a table beside the others, and name it by its content once it is complete."""
    part = folder / "tables" / f".{uuid4().hex}.part"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        writer = _TableWriter(part)
        try:
            yield writer
        except BaseException:
            writer.close()
            raise
        writer.finish()
        part.replace(table_path(folder, writer.digest))
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"the places of {name} could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
