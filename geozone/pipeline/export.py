"""Write a release as files that other programs open."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import geopandas as gpd

from geozone.errors import ConflictError, StoreError
from geozone.geojson import stream_collection
from geozone.release import LAYERS, Release
from geozone.tables.formulas import guard_formulas
from geozone.types import Progress, no_progress

__all__ = ["export_geojson"]

_JSON_COLUMNS = ("communes", "detail", "containment_ids")


def export_geojson(release: Release, folder: Path, *, progress: Progress = no_progress) -> list[Path]:
    """Write every layer of a release into a folder: GeoJSON, and CSV for tables without geometry.

    Parameters
    ----------
    release : Release
        What to write.
    folder : Path
        A new folder; it appears whole or not at all.
    progress : callable
        Told of each layer.

    Returns
    -------
    list of Path
        The files, the manifest first.

    Raises
    ------
    ConflictError
        If the folder exists.
    StoreError
        If the disk refuses.
    """
    if folder.exists():
        raise ConflictError(f"{folder} already exists; name a new folder")
    part = folder.with_name(f".{folder.name}.{uuid4().hex}")
    names = release.layer_names
    try:
        part.mkdir(parents=True)
        (part / "manifest.json").write_bytes(release.manifest_bytes())
        for done, name in enumerate(names):
            progress("layers", done, len(names))
            _write_layer(release, name, part)
        part.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress("layers", len(names), len(names))
    return [folder / "manifest.json", *sorted(set(folder.iterdir()) - {folder / "manifest.json"})]


def _write_layer(release: Release, name: str, folder: Path) -> None:
    table = release.layer(name)
    if not isinstance(table, gpd.GeoDataFrame):
        guard_formulas(table).to_csv(folder / f"{name}.csv", index=False)
        return
    properties = [column for column in table.columns if column != table.geometry.name]
    pieces = stream_collection(
        table,
        properties=properties,
        id_column=LAYERS[name].key[0],
        json_columns=[column for column in _JSON_COLUMNS if column in properties],
    )
    with (folder / f"{name}.geojson").open("wb") as file:
        file.writelines(pieces)
