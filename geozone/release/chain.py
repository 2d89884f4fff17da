"""The chain of manifests: which releases are published, in what order, and whether history is whole.

Every manifest names its predecessor. What is published is what can be reached from the head of the
chain: the current release, or, after a roll-back, the newest release that ``head`` remembers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geozone.errors import StoreError
from geozone.release.disk import digest_of, make_folder, read_bytes, remove_leftovers, write_whole
from geozone.release.findings import Finding, changed, malformed, missing, unreadable
from geozone.release.manifest import parse

__all__ = ["Chain"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Chain:
    """The manifests of a release folder and its two pointers.

    Parameters
    ----------
    root : Path
        The release folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "manifests"
        self._known: dict[str, dict[str, Any]] = {}
        make_folder(self._folder, private=False)

    def current(self) -> str | None:
        """Read the pointer.

        Returns
        -------
        str or None
            Digest of the current release; none before the first.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        return self._pointer("current")

    def move(self, digest: str) -> None:
        """Point to a release, remembering the head of the chain first.

        Parameters
        ----------
        digest : str
            A published release, or a new one whose predecessor is the head.

        Raises
        ------
        OSError
            If the disk refuses; the pointer is as it was.
        """
        head = self.head()
        if head is not None and self.manifest(digest)["previous"] != head:
            write_whole(self._root / "head", f"{head}\n".encode())
        write_whole(self._root / "current", f"{digest}\n".encode())

    def head(self) -> str | None:
        """Find the newest published release.

        Returns
        -------
        str or None
            None before the first.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        current, remembered = self.current(), self._pointer("head")
        if remembered is None or current is None:
            return current
        return remembered if current in self._walk(remembered) else current

    def published(self) -> tuple[str, ...]:
        """List the published releases, newest first.

        Returns
        -------
        tuple of str
            Digests. Where the chain is broken, what lies behind the break follows, newest first.

        Raises
        ------
        StoreError
            If the pointer is damaged.
        """
        head = self.head()
        if head is None:
            return ()
        found = list(self._walk(head))
        if found and self.manifest(found[-1])["previous"] is None:
            return tuple(found)
        behind = [digest for digest in self.stored() if digest not in found and self._readable(digest)]
        behind.sort(key=lambda digest: str(self.manifest(digest)["created_at"]), reverse=True)
        return (*found, *behind)

    def stored(self) -> tuple[str, ...]:
        """List every manifest on disk, published or not.

        Returns
        -------
        tuple of str
            Digests, sorted.
        """
        names = (path.name for path in self._folder.glob("*.json"))
        return tuple(sorted(name[:-5] for name in names if _DIGEST.fullmatch(name[:-5])))

    def manifest(self, digest: str) -> dict[str, Any]:
        """Read a manifest and check it; a manifest read once is kept.

        Parameters
        ----------
        digest : str
            The release.

        Returns
        -------
        dict
            Plain values; do not change them.

        Raises
        ------
        StoreError
            If it is missing or has changed on disk.
        """
        if digest not in self._known:
            fault = self.fault(digest)
            if fault is not None:
                raise StoreError(fault.en)
        return self._known[digest]

    def fault(self, digest: str) -> Finding | None:
        """Read a manifest anew and say what is wrong with it.

        Parameters
        ----------
        digest : str
            The release.

        Returns
        -------
        Finding or None
            None if it is there and whole.
        """
        try:
            data = read_bytes(self._path(digest))
        except OSError as error:
            return unreadable("manifest", digest, error)
        if data is None:
            return missing("manifest", digest)
        if digest_of(data) != digest:
            return changed("manifest", digest)
        try:
            self._known[digest] = parse(data)
        except ValueError as error:
            return malformed(digest, error)
        return None

    def add(self, digest: str, data: bytes) -> None:
        """Write a manifest; it is not published until the pointer moves.

        Parameters
        ----------
        digest : str
            SHA-256 of the bytes.
        data : bytes
            Canonical JSON.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        write_whole(self._path(digest), data)

    def repair(self, *, first: bool) -> tuple[str, ...]:
        """Remove what a killed publication left behind; call it under the writer's lock.

        A manifest is removed only if it is certain that it was never published: the chain is whole to
        its beginning, does not hold it, and it claims to follow the head.

        Parameters
        ----------
        first : bool
            Whether nothing has ever been published here.

        Returns
        -------
        tuple of str
            Manifests removed.
        """
        remove_leftovers(self._folder)
        remove_leftovers(self._root)
        try:
            head = self.head()
        except StoreError:
            return ()
        stored = self.stored()
        if head is None:
            if not first or len(stored) != 1:
                return ()
            published: list[str] = []
        else:
            published = list(self._walk(head))
            if not published or self.manifest(published[-1])["previous"] is not None:
                return ()
        loose = [
            digest
            for digest in stored
            if digest not in published
            and self._readable(digest)
            and self.manifest(digest)["previous"] == head
        ]
        for digest in loose:
            self._path(digest).unlink()
            self._known.pop(digest, None)
        return tuple(loose)

    def _walk(self, digest: str | None) -> Iterator[str]:
        """Follow the chain back as far as it can be read; a digest cannot come twice."""
        while digest is not None and self._readable(digest):
            yield digest
            digest = self._known[digest]["previous"]

    def _readable(self, digest: str) -> bool:
        return digest in self._known or self.fault(digest) is None

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"

    def _pointer(self, name: str) -> str | None:
        path = self._root / name
        data = read_bytes(path)
        if data is None:
            return None
        text = data.decode("ascii", errors="replace").removesuffix("\n")
        if not _DIGEST.fullmatch(text):
            raise StoreError(f"{path} is damaged: it must hold the digest of a release")
        return text
