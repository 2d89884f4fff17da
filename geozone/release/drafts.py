"""Drafts kept between two commands, in a folder that only its owner may enter.

The same blobs as in a release, and beside them the private list of cases that were not placed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from geozone.errors import NotFoundError, StoreError
from geozone.release.blobs import attributes_blob, join, read_attributes, read_geometry
from geozone.release.disk import (
    digest_of,
    locked,
    make_folder,
    read_bytes,
    refusals,
    remove_leftovers,
    write_whole,
)
from geozone.release.manifest import Publishable, canonical, content, moment
from geozone.release.objects import Objects
from geozone.types import Source

__all__ = ["DraftLike", "DraftStore", "SavedDraft"]


class DraftLike(Publishable, Protocol):
    """A draft with its private part."""

    @property
    def unplaced(self) -> pd.DataFrame:
        """Private: one row per case that is not placed."""
        ...


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft read back; publishing it gives the same release as publishing the one that was saved.

    Attributes
    ----------
    id : str
        Digest of what was saved.
    saved_at : str
        UTC, RFC 3339.
    actor : str
        Who drew it.
    as_of : date
        The day it holds for.
    rules : dict
        The rule set used.
    edition : str
        Edition of the administrative geography.
    boundary_quality : str
        The worst trust in any outline used.
    layers : dict of str to DataFrame
        Tables by layer; geometry in EPSG:4326.
    counts : dict
        What was counted.
    unplaced : DataFrame
        Private: one row per case that is not placed.
    warnings : tuple of tuple
        What a reader must know, as (Vietnamese, English).
    sources : tuple of Source
        The inputs.
    """

    id: str
    saved_at: str
    actor: str
    as_of: date
    rules: dict[str, Any]
    edition: str
    boundary_quality: str
    layers: dict[str, pd.DataFrame]
    counts: dict[str, Any]
    unplaced: pd.DataFrame
    warnings: tuple[Any, ...]
    sources: tuple[Source, ...]


class DraftStore:
    """A private folder of drafts.

    Parameters
    ----------
    root : Path
        The folder; made if missing, and closed to everybody else.

    Raises
    ------
    StoreError
        If the disk refuses.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "drafts"
        with refusals(root):
            make_folder(root, private=True)
            make_folder(self._folder, private=True)
            self._objects = Objects(root / "objects", private=True)

    def save(self, draft: DraftLike, *, saved_at: datetime, actor: str) -> str:
        """Keep a draft as the latest.

        Parameters
        ----------
        draft : DraftLike
            The draft.
        saved_at : datetime
            Time, with zone.
        actor : str
            Who drew it.

        Returns
        -------
        str
            Its identifier.

        Raises
        ------
        DataError
            If a value cannot be kept.
        StoreError
            If the disk refuses; the latest draft is as it was.
        """
        with refusals(self._root), locked(self._root / ".lock", wait=True):
            for folder in (self._root, self._folder):
                remove_leftovers(folder)
            self._objects.clean()
            kept = {
                **content(draft, self._objects),
                "unplaced": self._objects.put(attributes_blob(draft.unplaced)),
                "saved_at": moment(saved_at),
                "actor": actor,
            }
            data = canonical(kept)
            name = digest_of(data)
            write_whole(self._folder / f"{name}.json", data)
            write_whole(self._root / "latest", f"{name}\n".encode())
        return name

    def latest(self) -> SavedDraft:
        """Read the draft saved last.

        Returns
        -------
        SavedDraft
            With its private part.

        Raises
        ------
        NotFoundError
            If none has been saved.
        StoreError
            If it has changed on disk.
        """
        return self.load(self._resolve("latest"))

    def load(self, name: str) -> SavedDraft:
        """Read a draft.

        Parameters
        ----------
        name : str
            Its identifier.

        Returns
        -------
        SavedDraft
            With its private part.

        Raises
        ------
        NotFoundError
            If there is none.
        StoreError
            If it has changed on disk.
        """
        kept = self._kept(name)
        with refusals(self._root):
            return SavedDraft(
                id=name,
                saved_at=kept["saved_at"],
                actor=kept["actor"],
                as_of=date.fromisoformat(kept["as_of"]),
                rules=kept["rules"],
                edition=kept["edition"],
                boundary_quality=kept["boundary_quality"],
                layers={layer: self._layer(entry) for layer, entry in kept["layers"].items()},
                counts=kept["counts"],
                unplaced=read_attributes(self._objects.get(kept["unplaced"])),
                warnings=tuple(
                    tuple(warning) if isinstance(warning, list) else warning for warning in kept["warnings"]
                ),
                sources=tuple(Source(**source) for source in kept["sources"]),
            )

    def header(self, name: str) -> dict[str, Any]:
        """Read what a draft says of itself, without its layers.

        Parameters
        ----------
        name : str
            Its identifier, or ``latest``.

        Returns
        -------
        dict
            ``id, saved_at, actor, as_of, rules, edition, boundary_quality, counts, warnings``.

        Raises
        ------
        NotFoundError
            If there is none.
        StoreError
            If it has changed on disk.
        """
        kept = self._kept(self._resolve(name))
        fields = ("saved_at", "actor", "as_of", "rules", "edition", "boundary_quality", "counts", "warnings")
        return {"id": self._resolve(name), **{field: kept[field] for field in fields}}

    def attributes(self, name: str, layer: str) -> pd.DataFrame:
        """Read one layer of a draft without its geometry.

        Parameters
        ----------
        name : str
            Identifier of the draft.
        layer : str
            Name of the layer.

        Returns
        -------
        DataFrame
            Its attributes.

        Raises
        ------
        NotFoundError
            If there is no such draft or layer.
        StoreError
            If it has changed on disk.
        """
        layers = self._kept(name)["layers"]
        if layer not in layers:
            raise NotFoundError(f"the draft has no layer {layer!r}")
        with refusals(self._root):
            return read_attributes(self._objects.get(layers[layer]["attributes"]))

    def list(self) -> tuple[str, ...]:
        """List the drafts.

        Returns
        -------
        tuple of str
            Identifiers, oldest first.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(self._root):
            times = []
            for name in self._names():
                kept = json.loads((self._folder / f"{name}.json").read_bytes())
                times.append((kept["saved_at"], name))
            return tuple(name for _, name in sorted(times))

    def discard(self, names: Iterable[str]) -> tuple[str, ...]:
        """Remove drafts and the blobs that no other draft refers to; the latest one stays.

        Parameters
        ----------
        names : iterable of str
            Identifiers.

        Returns
        -------
        tuple of str
            Drafts removed.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        with refusals(self._root), locked(self._root / ".lock", wait=True):
            pointer = (read_bytes(self._root / "latest") or b"").decode("ascii", errors="replace").strip()
            gone = tuple(name for name in names if name in self._names() and name != pointer)
            for name in gone:
                (self._folder / f"{name}.json").unlink()
            used: set[str] = set()
            for name in self._names():
                kept = json.loads((self._folder / f"{name}.json").read_bytes())
                used.add(kept["unplaced"])
                for entry in kept["layers"].values():
                    used |= {entry["attributes"], entry["geometry"]} - {None}
            self._objects.sweep(used)
        return gone

    def _resolve(self, name: str) -> str:
        if name != "latest":
            return name
        with refusals(self._root):
            pointer = read_bytes(self._root / "latest")
        if pointer is None:
            raise NotFoundError("there is no draft yet; make one with: geozone draft")
        return pointer.decode("ascii", errors="replace").strip()

    def _kept(self, name: str) -> dict[str, Any]:
        if name not in self._names():
            raise NotFoundError(f"there is no draft {name!r}")
        with refusals(self._root):
            data = read_bytes(self._folder / f"{name}.json") or b""
        if digest_of(data) != name:
            raise StoreError(f"draft {name} has changed on disk")
        kept: dict[str, Any] = json.loads(data)
        return kept

    def _names(self) -> frozenset[str]:
        return frozenset(path.stem for path in self._folder.glob("*.json") if not path.name.startswith("."))

    def _layer(self, entry: dict[str, Any]) -> pd.DataFrame:
        attributes = read_attributes(self._objects.get(entry["attributes"]))
        if entry["geometry"] is None:
            return attributes
        return join(attributes, read_geometry(self._objects.get(entry["geometry"])))
