"""The signatures of a release folder: one beside each manifest, the ring of keys, and orders of roll-back.

::

    releases/
      keys.json                   ring of public keys, with validity and revocations
      signatures/<digest>.json    signed statement: digest, predecessor, place in the history, time
      signatures/orders.json      signed statements that put an older release in force
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from geozone.release.disk import make_folder, read_bytes, remove_leftovers, write_whole
from geozone.release.findings import Finding
from geozone.release.manifest import canonical
from geozone.release.signing.ring import KeyRing
from geozone.release.signing.statements import Statement

__all__ = ["RING", "Signatures"]

RING = "keys.json"
"""Name of the ring in a release folder and in an archive."""


class Signatures:
    """The signatures of a release folder.

    Parameters
    ----------
    root : Path
        The release folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "signatures"

    def ring(self) -> KeyRing:
        """Read the ring that travels with the releases.

        Returns
        -------
        KeyRing
            Empty where there is none, or where it cannot be read (see ``ring_fault``).

        Raises
        ------
        OSError
            If the disk refuses.
        """
        data = read_bytes(self._root / RING)
        try:
            return KeyRing() if data is None else KeyRing.from_bytes(data)
        except ValueError:
            return KeyRing()

    def ring_fault(self) -> Finding | None:
        """Say what is wrong with the ring.

        Returns
        -------
        Finding or None
            None if it is absent or can be read.
        """
        try:
            data = read_bytes(self._root / RING)
            found = {"statements": []} if data is None else KeyRing.from_bytes(data).to_dict()
            whole = data is None or canonical({"format": 1, "statements": found["statements"]}) == data
        except (ValueError, OSError):
            whole = False
        if whole:
            return None
        return Finding("keys", f"tệp khóa {RING} đã bị thay đổi", f"the ring of keys {RING} has changed")

    def put_ring(self, ring: KeyRing) -> None:
        """Publish a ring; what it held before stays in it.

        Parameters
        ----------
        ring : KeyRing
            The ring of the office.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        data = (ring | self.ring()).to_bytes()
        if read_bytes(self._root / RING) != data:
            write_whole(self._root / RING, data)

    def statement(self, digest: str) -> bytes | None:
        """Read the signed statement about a release.

        Parameters
        ----------
        digest : str
            The release.

        Returns
        -------
        bytes or None
            None if it is not signed.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        return read_bytes(self._path(digest))

    def put(self, statement: Statement) -> None:
        """Keep the signed statement about a release.

        Parameters
        ----------
        statement : Statement
            Of kind ``release``.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        make_folder(self._folder, private=False)
        write_whole(self._path(str(statement.fields["digest"])), statement.to_bytes())

    def orders(self) -> tuple[Statement, ...]:
        """Read the signed orders of roll-back.

        Returns
        -------
        tuple of Statement
            In the order they were given; none where the file cannot be read.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        data = read_bytes(self._folder / "orders.json")
        if data is None:
            return ()
        try:
            return tuple(Statement.from_dict(one, "order") for one in json.loads(data)["orders"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ()

    def order(self, head: str, ring: KeyRing) -> Statement | None:
        """Find the order that holds while a release is the newest.

        Parameters
        ----------
        head : str
            The newest release.
        ring : KeyRing
            Keys; an order that none of them signed is no order.

        Returns
        -------
        Statement or None
            The last one given.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        good = [
            one
            for one in self.orders()
            if one.fields["head"] == head
            and (key := ring.key(one.key)) is not None
            and one.signed_by(key.public)
            and key.refusal(one.at) is None
        ]
        return max(good, key=lambda one: int(one.fields["number"]), default=None)

    def put_order(self, order: Statement) -> None:
        """Keep an order; the pointer may move when it is on disk.

        Parameters
        ----------
        order : Statement
            Of kind ``order``.

        Raises
        ------
        OSError
            If the disk refuses.
        """
        make_folder(self._folder, private=False)
        every = [one.to_dict() for one in (*self.orders(), order)]
        write_whole(self._folder / "orders.json", canonical({"format": 1, "orders": every}))

    def forget(self, digests: Iterable[str]) -> None:
        """Remove the signatures of releases that were never published; under the writer's lock.

        Parameters
        ----------
        digests : iterable of str
            Those releases.
        """
        if not self._folder.is_dir():
            return
        remove_leftovers(self._folder)
        for digest in digests:
            self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"
