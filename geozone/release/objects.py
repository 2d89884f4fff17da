"""Blobs named by their SHA-256: written once, never changed, checked each time they are read."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path

from geozone.errors import StoreError
from geozone.release.disk import digest_of, make_folder, read_bytes, remove_leftovers, write_whole
from geozone.release.findings import Finding, changed, missing, unreadable

__all__ = ["Objects"]


class Objects:
    """A folder of blobs.

    Parameters
    ----------
    folder : Path
        Where they are; made if missing.
    private : bool
        Whether only the owner may read them.
    """

    def __init__(self, folder: Path, *, private: bool = False) -> None:
        self._folder = folder
        make_folder(folder, private=private)

    def put(self, data: bytes) -> str:
        """Keep a blob; one that is there and whole is not written again.

        Parameters
        ----------
        data : bytes
            The blob.

        Returns
        -------
        str
            Its SHA-256.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        digest = digest_of(data)
        path = self._folder / digest
        if read_bytes(path) != data:
            write_whole(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Read a blob and check it.

        Parameters
        ----------
        digest : str
            Its SHA-256.

        Returns
        -------
        bytes
            The blob.

        Raises
        ------
        StoreError
            If it is missing or has changed.
        OSError
            If the disk refuses.
        """
        data = read_bytes(self._folder / digest)
        if data is None:
            raise StoreError(missing("object", digest).en)
        if digest_of(data) != digest:
            raise StoreError(changed("object", digest).en)
        return data

    def fault(self, digest: str) -> Finding | None:
        """Say what is wrong with a blob.

        Parameters
        ----------
        digest : str
            Its SHA-256.

        Returns
        -------
        Finding or None
            None if it is there and whole.
        """
        try:
            data = read_bytes(self._folder / digest)
        except OSError as error:
            return unreadable("object", digest, error)
        if data is None:
            return missing("object", digest)
        return None if digest_of(data) == digest else changed("object", digest)

    def sweep(self, used: AbstractSet[str]) -> tuple[str, ...]:
        """Remove blobs that nothing refers to, and leftovers; call it under the writer's lock.

        Parameters
        ----------
        used : set of str
            What must stay.

        Returns
        -------
        tuple of str
            What was removed, sorted.
        """
        remove_leftovers(self._folder)
        orphans = sorted(path.name for path in self._folder.iterdir() if path.name not in used)
        for name in orphans:
            (self._folder / name).unlink()
        return tuple(orphans)

    def clean(self) -> int:
        """Remove half-written files; call it under the writer's lock.

        Returns
        -------
        int
            Files removed.
        """
        return remove_leftovers(self._folder)
