"""A workspace made, opened and closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.release import DraftStore, ReleaseStore, ZoneDays
from geozone.release.signing import KeyFolder
from geozone.workspace.reference import ReferenceFiles
from geozone.workspace.writing import write_atomically

if TYPE_CHECKING:
    from geozone.places import Gazetteer
    from geozone.store import Store

# The database and the outlines are loaded where they are used: a service that only reads releases
# starts without them.

__all__ = ["KEYS", "MARKER", "SECRETS", "SMALL_UNDER", "Workspace", "open_places", "open_public"]

MARKER = "workspace.json"
KEYS = "keys"
"""Folder of the signing keys, outside the releases."""
SECRETS = "secrets"
"""Folder of the secret keys, outside the database."""
SMALL_UNDER = 5
"""Counts of cases under this are published as ranges only, unless a workspace decides otherwise."""
_FORMAT = 1
_PRIVATE = 0o700


class Workspace(ReferenceFiles):
    """An open workspace; a context manager.

    Parameters
    ----------
    root : Path
        The folder.
    store : Store
        Its private database, open.
    """

    def __init__(self, root: Path, store: Store) -> None:
        super().__init__(root)
        self.store = store
        self.releases = ReleaseStore(root / "releases")
        self.drafts = DraftStore(root / "drafts")
        self.zone_days = ZoneDays(root / "zones")
        self.keys = KeyFolder(root / KEYS)

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        created_at: datetime,
        database_url: str | None = None,
        key_file: Path | None = None,
    ) -> Workspace:
        """Make a new workspace.

        Parameters
        ----------
        root : Path
            A folder that does not exist or is empty.
        created_at : datetime
            Time of creation, with zone.
        database_url : str, optional
            SQLAlchemy address of the private database; a SQLite file in the folder by default.
        key_file : Path, optional
            File of the keys that identifiers are encrypted with; in ``secrets/`` by default.

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
            from geozone.store import KEY_FILE, Store  # noqa: PLC0415

            where = database_url or root / "geozone.db"
            store = Store.open(where, create=True, key_file=key_file or root / SECRETS / KEY_FILE)
            marker = {"format": _FORMAT, "created_at": created_at.isoformat()}
            write_atomically(root / MARKER, json.dumps(marker) + "\n")
        except OSError as error:
            raise StoreError(f"{root} cannot be written: {error.strerror}") from error
        return cls(root, store)

    @classmethod
    def open(cls, root: Path, *, database_url: str | None = None, key_file: Path | None = None) -> Workspace:
        """Open a workspace.

        Parameters
        ----------
        root : Path
            The folder.
        database_url : str, optional
            SQLAlchemy address of the private database, if it is not in the folder.
        key_file : Path, optional
            File of the keys that identifiers are encrypted with; in ``secrets/`` by default.

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
        from geozone.store import KEY_FILE, Store  # noqa: PLC0415

        _check_marker(root)
        where = database_url or root / "geozone.db"
        return cls(root, Store.open(where, key_file=key_file or root / SECRETS / KEY_FILE))

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

    @property
    def small_under(self) -> int:
        """Counts of cases under this are published as ranges only; 0 publishes all as they are."""
        return int(_marker(self.root).get("small_under", SMALL_UNDER))

    def set_small_under(self, number: int) -> None:
        """Decide how small a count of cases must be to be withheld from releases to come.

        Parameters
        ----------
        number : int
            Counts from 1 to below it are withheld; 0 for none.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        self._decide(small_under=number)

    @property
    def mask_m(self) -> float:
        """Side of the grid cells that zones are drawn around instead of homes, metres; 0 for none."""
        return float(_marker(self.root).get("mask_m", 0.0))

    def set_mask_m(self, side_m: float) -> None:
        """Decide how large the cells are that hide a home among its neighbours, for drafts to come.

        Parameters
        ----------
        side_m : float
            Side of a cell, metres; 0 for none.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        self._decide(mask_m=side_m)

    def _decide(self, **decided: float) -> None:
        marker = {**_marker(self.root), **decided}
        try:
            write_atomically(self.root / MARKER, json.dumps(marker) + "\n")
        except OSError as error:
            raise StoreError(f"{self.root} cannot be written: {error.strerror}") from error


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


def open_places(root: Path) -> Callable[[], Gazetteer | None]:
    """Open the streets and hamlets of a workspace, which are public as releases are.

    Parameters
    ----------
    root : Path
        The folder.

    Returns
    -------
    callable
        Gives the gazetteer in force, or none: the same object until another is imported. It raises
        `StoreError` where that cannot be read.
    """
    files = ReferenceFiles(root)
    held: tuple[str | None, Gazetteer | None] = (None, None)

    def in_force() -> Gazetteer | None:
        nonlocal held
        digest = files.gazetteer_digest()
        if digest != held[0]:
            held = (digest, files.gazetteer())
        return held[1]

    return in_force


def _marker(root: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((root / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"{root} is not a geozone workspace; make one with: geozone init {root}"
        ) from error
    return found


def _check_marker(root: Path) -> None:
    marker = _marker(root)
    if marker.get("format") != _FORMAT:
        raise StoreError(
            f"{root} has workspace format {marker.get('format')!r}; this geozone reads {_FORMAT}"
        )
