"""Releases as the service reads them: found by digest, opened once, each answer from one only."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from datetime import date
from pathlib import Path

import pandas as pd

from geozone.api.open_release import GeometryPool, OpenRelease
from geozone.api.options import ServiceOptions
from geozone.api.problems import ProblemError
from geozone.api.protocols import ReleaseLine, Releases, ReleaseSource
from geozone.errors import NotFoundError
from geozone.geojson import plain_values

__all__ = ["Catalogue"]

_YOUNG_NS = 2_000_000_000
Stamp = tuple[int | str, ...] | None


class Catalogue:
    """The releases of a store, the current one noticed as soon as its pointer is replaced.

    Parameters
    ----------
    releases : Releases
        The store.
    options : ServiceOptions
        Options of the service.
    geometries : GeometryPool, optional
        Where tile geometry is shared; a new one by default.
    """

    def __init__(
        self, releases: Releases, options: ServiceOptions, *, geometries: GeometryPool | None = None
    ) -> None:
        self._releases = releases
        root = getattr(releases, "root", None)  # a store without a folder is asked for its digest
        self._pointer = None if root is None else Path(root) / "current"
        self._capacity = options.open_releases
        self._open: OrderedDict[str, OpenRelease] = OrderedDict()
        self._geometries = geometries or GeometryPool(
            options.cache, cut_bytes=options.cut_bytes, text_bytes=options.text_bytes
        )
        self._stamp: Stamp = None
        self._current: OpenRelease | None = None
        self._listed: tuple[Stamp, list[ReleaseLine]] | None = None
        self._levels: dict[str, dict[str, int | None]] = {}
        self._zones: dict[str, pd.DataFrame] = {}
        self._lock = threading.RLock()

    def current(self) -> OpenRelease | None:
        """Open the current release; look at the pointer file's stamp each time, read it if new.

        Returns
        -------
        OpenRelease or None
            ``None`` while the workspace has no release.
        """
        stamp = self.stamp()
        if stamp is not None and stamp == self._stamp:
            return self._current
        with self._lock:
            if stamp is None:
                self._stamp, self._current = None, None
            else:
                try:
                    self._current = self._opened(self._releases.get("current"))
                except NotFoundError:
                    self._current = None
                self._stamp = stamp
            return self._current

    def held(self, digest: str) -> OpenRelease | None:
        """Look a release up among those already open.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        OpenRelease or None
            ``None`` where it must first be opened.
        """
        return self._open.get(digest)

    def find(self, reference: str | None) -> OpenRelease:
        """Open the release that a request names.

        Parameters
        ----------
        reference : str or None
            A digest, or ``None`` or ``current`` for the current release.

        Returns
        -------
        OpenRelease
            The release.

        Raises
        ------
        ProblemError
            404 if there is no such release, 503 if there is none at all.
        """
        if reference is None or reference == "current":
            found = self.current()
            if found is None:
                raise ProblemError(
                    503,
                    "There is no release yet. Make one with: geozone draft, then geozone release.",
                    headers={"Retry-After": "30"},
                )
            return found
        held = self.held(reference)
        if held is not None:
            return held
        try:
            source = self._releases.get(reference)
        except NotFoundError:
            raise ProblemError(404, "There is no release with that digest.") from None
        with self._lock:
            return self._opened(source)

    def digest_as_of(self, day: date) -> str:
        """Find the release that tells what was known of a day.

        Parameters
        ----------
        day : date
            The day.

        Returns
        -------
        str
            Digest of the release of the latest day that is not after it; of several of one day the one
            published last.

        Raises
        ------
        ProblemError
            404 if every release is of a later day.
        """
        known = [line for line in self.lines() if line.as_of <= day]
        if not known:
            raise ProblemError(404, "There is no release of that day or an earlier one.")
        latest = max(line.as_of for line in known)
        return next(line.digest for line in known if line.as_of == latest)

    def lines(self) -> list[ReleaseLine]:
        """List the releases of the store, newest first; read again when the pointer has moved.

        Returns
        -------
        list of ReleaseLine
            One line each.
        """
        stamp = self.stamp()
        with self._lock:
            if self._listed is None or self._listed[0] != stamp:
                self._listed = (stamp, list(self._releases.list()))
            return self._listed[1]

    def mark(self) -> str:
        """Make a digest of the list of releases and of which is current.

        Returns
        -------
        str
            It changes when a release is added or another becomes current.
        """
        current = self.current()
        names = [*(line.digest for line in self.lines()), current.digest if current is not None else ""]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    def levels(self, digest: str) -> dict[str, int | None]:
        """Read the epidemic level of every commune in a release.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        dict
            Level by code, ``None`` where there is no data.
        """
        held = self._levels.get(digest)
        if held is None:
            communes = self._releases.get(digest).attributes("communes")
            levels = plain_values(communes["epidemic_level"])
            held = self._levels[digest] = dict(zip(communes["code"].tolist(), levels, strict=True))
        return held

    def zones(self, digest: str) -> pd.DataFrame:
        """Read the figures of the containment zones in a release.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        DataFrame
            With ``came_from``, empty in releases that do not say it; do not change it.
        """
        held = self._zones.get(digest)
        if held is None:
            zones = self._releases.get(digest).attributes("containment_zones")
            listed = [name for name in zones.columns if name not in ("communes", "facilities")]
            held = zones[listed]
            if "came_from" not in held.columns:
                held = held.assign(came_from="[]")
            self._zones[digest] = held
        return held

    def stamp(self) -> Stamp:
        """Take the stamp of the pointer file, which changes whenever it is replaced.

        Returns
        -------
        tuple or None
            Inode, time of change and size, and what it says while it is young; the digest itself
            where the store has no folder; ``None`` where there is no current release.
        """
        try:
            if self._pointer is None:
                return (str(self._releases.get("current").digest),)
            found = self._pointer.stat()
            # Two replacements within one tick of the disk's clock may leave the same stamp.
            is_young = time.time_ns() - found.st_mtime_ns < _YOUNG_NS
            content = self._pointer.read_text(encoding="ascii", errors="replace") if is_young else ""
        except (OSError, NotFoundError):
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size, content)

    def _opened(self, source: ReleaseSource) -> OpenRelease:
        held = self._open.get(source.digest)
        if held is None:
            held = self._open[source.digest] = OpenRelease(source, self._geometries)
        self._open.move_to_end(source.digest)
        while len(self._open) > self._capacity:
            self._open.popitem(last=False)
        return held
