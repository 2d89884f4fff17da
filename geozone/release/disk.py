"""Files that are whole or absent: written beside, synced, renamed; and one writer at a time."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geozone.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["digest_of", "locked", "make_folder", "read_bytes", "refusals", "remove_leftovers", "write_whole"]

_LEFTOVER = re.compile(r"\..+\.\d+\.tmp")


def digest_of(data: bytes) -> str:
    """Hash bytes.

    Parameters
    ----------
    data : bytes
        Any.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file so that it has all of its bytes or does not change, even if the power fails.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    data : bytes
        Its content.
    private : bool
        Whether only its owner may read it, from the first byte on.

    Raises
    ------
    OSError
        If the disk refuses; ``path`` is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb", opener=_owner_only if private else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _owner_only(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Bring renames in a folder to the disk.

    Parameters
    ----------
    folder : Path
        A folder.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    if sys.platform == "win32":  # a folder cannot be opened there; renames are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, *, private: bool) -> None:
    """Make a folder and the ones above it.

    Parameters
    ----------
    folder : Path
        The folder.
    private : bool
        Whether only its owner may enter; set anew if it exists.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    if private and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def read_bytes(path: Path) -> bytes | None:
    """Read a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes or None
        None if there is no such file.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def remove_leftovers(folder: Path) -> int:
    """Remove files that a killed process left half-written; call it under the lock.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    int
        Files removed.
    """
    found = [path for path in folder.iterdir() if _LEFTOVER.fullmatch(path.name)]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock between processes; it is freed when the process ends in any way.

    Parameters
    ----------
    path : Path
        The lock file.
    wait : bool
        Whether to wait for another holder.

    Yields
    ------
    bool
        Whether the lock is held; false only where ``wait`` is false.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _take(handle, wait=wait)
    finally:
        os.close(handle)


def _take(handle: int, *, wait: bool) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextmanager
def refusals(what: Path | str) -> Iterator[None]:
    """Turn a refusal of the disk into our error.

    Parameters
    ----------
    what : Path or str
        What is concerned.

    Yields
    ------
    None
        While the block runs.

    Raises
    ------
    StoreError
        In place of any ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or type(error).__name__}") from error
