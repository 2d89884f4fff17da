"""Files of secret keys, outside the database: made once, readable by their owner only."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from geozone.errors import StoreError

__all__ = ["KEY_BYTES", "add_key", "drop_keys", "read_keys"]

KEY_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_keys(path: Path, *, create: bool) -> tuple[bytes, ...]:
    """Read a file of keys.

    Parameters
    ----------
    path : Path
        The file: one key a line, the one in use first.
    create : bool
        Whether a missing file is made with one new key.

    Returns
    -------
    tuple of bytes
        Keys of 32 bytes; empty if there is no such file.

    Raises
    ------
    StoreError
        If others can read it, it holds no key, or the disk refuses.
    """
    try:
        if not path.exists():
            if not create:
                return ()
            _write(path, [secrets.token_bytes(KEY_BYTES)], replace=False)
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise StoreError(f"{path.name} can be read by others; give it to its owner alone: chmod 600")
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"the file of keys {path.name} cannot be read or made") from error
    keys = tuple(_decode(line, path) for line in lines)
    if not keys:
        raise StoreError(f"{path.name} holds no key")
    return keys


def add_key(path: Path, *, keep: int) -> None:
    """Make a new key the one in use.

    Parameters
    ----------
    path : Path
        The file.
    keep : int
        How many older keys still count.

    Raises
    ------
    StoreError
        If the file cannot be read or written; it is then as it was.
    """
    older = read_keys(path, create=False)[:keep]
    try:
        _write(path, [secrets.token_bytes(KEY_BYTES), *older], replace=True)
    except OSError as error:
        raise StoreError(f"the file of keys {path.name} cannot be written") from error


def drop_keys(path: Path, *, keep: int) -> int:
    """Remove older keys.

    Parameters
    ----------
    path : Path
        The file.
    keep : int
        How many are kept, the one in use first.

    Returns
    -------
    int
        How many were removed.

    Raises
    ------
    StoreError
        If the file cannot be read or written; it is then as it was.
    """
    keys = read_keys(path, create=False)
    if len(keys) > keep:
        try:
            _write(path, list(keys[:keep]), replace=True)
        except OSError as error:
            raise StoreError(f"the file of keys {path.name} cannot be written") from error
    return max(0, len(keys) - keep)


def _decode(line: str, path: Path) -> bytes:
    try:
        key = base64.urlsafe_b64decode(line)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path.name} holds something that is not a key of {KEY_BYTES} bytes")
    return key


def _write(path: Path, keys: list[bytes], *, replace: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(base64.urlsafe_b64encode(key).decode() + "\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            beside.replace(path)
        else:
            # Of two processes that start at once one makes the file, and both use it.
            try:
                os.link(beside, path)
            except FileExistsError:
                return
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        beside.unlink(missing_ok=True)
