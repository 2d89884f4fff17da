"""A backup put in place of the private database, checked before and after."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.store.engine import address
from geozone.store.identifiers import key_file_of
from geozone.store.store import Store

__all__ = ["move", "restore"]

_SIDES = ("-wal", "-shm", "-journal")


def restore(
    backup: Path, where: str | Path, *, replace: bool = False, key_file: Path | None = None
) -> dict[str, int]:
    """Restore a backup.

    The backup itself is not written to. A SQLite file is checked beside and put in place by rename; into
    PostgreSQL everything is one transaction, and the checksums of all tables are compared.

    Parameters
    ----------
    backup : Path
        A file that ``Store.backup`` wrote, also by an older geozone.
    where : str or Path
        The database: a SQLite file, or the address of an empty PostgreSQL database.
    replace : bool
        Whether a SQLite file that is there is replaced; it is kept beside as ``NAME.before-restore``.
    key_file : Path, optional
        File of the keys that its identifiers are encrypted with, as ``Store.open`` takes it.

    Returns
    -------
    dict of str to int
        Rows, by table.

    Raises
    ------
    NotFoundError
        If there is no such backup.
    ConflictError
        If a database is there already.
    StoreError
        If the backup is damaged, its key is missing or the disk refuses; what was there is as it was.
    """
    if not backup.is_file():
        raise NotFoundError(f"there is no backup {backup}")
    key_file = key_file or key_file_of(address(where))
    if isinstance(where, str) and "://" in where and not where.startswith("sqlite"):
        with _opened_copy(backup, backup.parent, key_file) as source:
            return move(source, where)
    return _into_file(backup, Path(where), key_file, replace=replace)


def move(source: Store, where: str) -> dict[str, int]:
    """Copy everything into an empty database and compare the checksums of all tables.

    Parameters
    ----------
    source : Store
        Open; it may be read and written meanwhile, what was written later is not copied.
    where : str
        An empty database of either kind.

    Returns
    -------
    dict of str to int
        Rows, by table.

    Raises
    ------
    StoreError
        If the target holds rows, a database refuses, or the checksums differ.
    """
    with Store.open(where, create=True, key_file=source.keys.path) as target:
        copied = source.copy_to(target)
        before, after = source.checksums(), target.checksums()
        differ = sorted(name for name in before if before[name] != after[name])
        if differ:
            raise StoreError(f"the copy differs in {', '.join(differ)}; was the source written to meanwhile?")
        return copied


def _into_file(backup: Path, target: Path, key_file: Path, *, replace: bool) -> dict[str, int]:
    if target.exists() and not replace:
        raise ConflictError(f"{target} is there already; add --replace to keep it beside and restore")
    beside = target.with_name(f".{target.name}.{os.getpid()}.restore")
    try:
        _copy(backup, beside)
        with Store.open(beside, key_file=key_file) as copy:
            faults = copy.integrity_faults()
            if faults:
                raise StoreError(f"the backup is damaged: {'; '.join(faults[:5])}")
            rows = {name: found.rows for name, found in copy.checksums().items()}
        if target.exists():
            _set_aside(target, key_file)
        beside.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for suffix in ("", *_SIDES):
            Path(f"{beside}{suffix}").unlink(missing_ok=True)
    return rows


def _set_aside(target: Path, key_file: Path) -> None:
    """Keep what was there, with all that its log holds."""
    with Store.open(target, key_file=key_file) as old:
        old.backup(target.with_name(f"{target.name}.before-restore"))
    for suffix in _SIDES:
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def _opened_copy(backup: Path, folder: Path, key_file: Path) -> Store:
    """Open a copy of a backup, for opening brings the tables up to date."""
    beside = folder / f".{backup.name}.{os.getpid()}.restore"
    _copy(backup, beside)
    try:
        return _Removed.open(beside, key_file=key_file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class _Removed(Store):
    """A store whose file goes away when it is closed."""

    def close(self) -> None:
        path = self._engine.url.database
        super().close()
        for suffix in ("", *_SIDES):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file, source.open("rb") as read:
        shutil.copyfileobj(read, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
