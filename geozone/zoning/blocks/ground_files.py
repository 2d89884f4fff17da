"""Blocks, roads and homes kept as files: GeoParquet named after its content, with its sources inside."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geozone.errors import StoreError
from geozone.schema import TableSchema
from geozone.types import Source

__all__ = ["SUFFIX", "GroundTable"]

SUFFIX = ".parquet"
_METADATA_KEY = b"geozone"
_FILE = "from_file"


@dataclass(frozen=True, slots=True, eq=False)
class GroundTable:
    """Blocks, roads or homes, and the files they came from.

    Attributes
    ----------
    table : GeoDataFrame
        The contract's columns, ``from_file`` (checksum of the file that the row came from) and geometry.
    sources : tuple of Source
        Those files, with their checksums and licences.
    """

    table: gpd.GeoDataFrame
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, table: gpd.GeoDataFrame, source: Source) -> GroundTable:
        """Take the rows of one file.

        Parameters
        ----------
        table : GeoDataFrame
            The rows.
        source : Source
            The file.

        Returns
        -------
        GroundTable
            Rows that know their file.
        """
        return cls(table.assign(**{_FILE: pd.Series([source.sha256] * len(table), dtype="str")}), (source,))

    def added_to(self, other: GroundTable, key: str) -> GroundTable:
        """Add the rows of other files, less those of a file of the same name or content.

        Parameters
        ----------
        other : GroundTable
            What was there before.
        key : str
            Column of the identifiers; one that is used already gets a number behind it.

        Returns
        -------
        GroundTable
            Both, the older rows first.
        """
        fresh = {source.name for source in self.sources} | {source.sha256 for source in self.sources}
        old = tuple(one for one in other.sources if one.name not in fresh and one.sha256 not in fresh)
        kept = other.table[other.table[_FILE].isin([one.sha256 for one in old])]
        if not len(kept):
            return self
        both = pd.concat([kept, self.table], ignore_index=True)
        repeat = both.groupby(key).cumcount()
        both[key] = both[key].where(repeat == 0, both[key] + "." + (repeat + 1).astype("str"))
        return GroundTable(
            gpd.GeoDataFrame(both, geometry="geometry", crs="EPSG:4326"), (*old, *self.sources)
        )

    def write(self, folder: Path) -> str:
        """Write a file, whole or not at all.

        Parameters
        ----------
        folder : Path
            Where to; made if it is not there.

        Returns
        -------
        str
            SHA-256 of its content, which it is named after.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        plain = BytesIO()
        self.table.to_parquet(plain, compression=None, index=False)
        table = pq.read_table(pa.BufferReader(plain.getbuffer()))
        about = json.dumps({"sources": [list(source) for source in self.sources]})
        metadata = {**(table.schema.metadata or {}), _METADATA_KEY: about.encode()}
        packed = BytesIO()
        pq.write_table(table.replace_schema_metadata(metadata), packed, compression="zstd")
        content = packed.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        target = folder / (digest + SUFFIX)
        part = folder / f".{digest}.{uuid4().hex}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as error:
            raise StoreError(f"{folder.name} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        return digest

    @classmethod
    def read(cls, folder: Path, digest: str, schema: TableSchema) -> GroundTable:
        """Read a file that `write` made.

        Parameters
        ----------
        folder : Path
            Where from.
        digest : str
            What `write` gave.
        schema : TableSchema
            The contract.

        Returns
        -------
        GroundTable
            As it was written.

        Raises
        ------
        StoreError
            If the file is damaged or cannot be read.
        DataError
            If the table breaks the contract.
        """
        path = folder / (digest + SUFFIX)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{folder.name}/{path.name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(f"{folder.name}/{path.name} is damaged; import the file again")
        about = json.loads(pq.read_metadata(pa.BufferReader(content)).metadata[_METADATA_KEY])
        table = gpd.read_parquet(BytesIO(content))
        # A file of an older version may lack a column that need not be filled.
        table = gpd.GeoDataFrame(schema.conform(table), geometry="geometry", crs="EPSG:4326")
        schema.validate(table, source=path.name)
        return cls(table, tuple(Source(*source) for source in about["sources"]))
