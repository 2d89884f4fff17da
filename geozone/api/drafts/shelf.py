"""The drafts that analysts can open: the live one, those before it, and others that were laid beside it."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from geozone.access import Resource
from geozone.api.protocols import Releases
from geozone.draft import Draft
from geozone.errors import NotFoundError
from geozone.release import DraftView

__all__ = ["DraftLine", "DraftShelf", "Standing"]

_EARLIER = 6
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft as it stands on the shelf.

    Attributes
    ----------
    view : DraftView
        What is served of it.
    draft : Draft or None
        Private: what it is a view of, where it can be kept; none where single cases were put into it.
    diseases : tuple of str
        What it is about.
    """

    view: DraftView
    draft: Draft | None = None
    diseases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of the list of drafts."""

    digest: str
    decision: str
    as_of: date
    created_at: str
    current: bool


class DraftShelf:
    """A store of drafts in memory, read as a store of releases is; safe to share between threads.

    Parameters
    ----------
    releases : Releases
        Where a digest is looked up that no draft has, so that a draft can be compared with a release.
    kept : callable, optional
        Reads a draft that was kept, by its identifier; `NotFoundError` where there is none.
    earlier : int
        How many drafts are held besides the live one; those used longest ago go first.
    """

    def __init__(
        self,
        releases: Releases,
        *,
        kept: Callable[[str], DraftView] | None = None,
        earlier: int = _EARLIER,
    ) -> None:
        self._releases = releases
        self._kept = kept
        self._earlier = earlier
        self._live: Standing | None = None
        self._held: OrderedDict[str, Standing] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def live(self) -> Standing | None:
        """The live draft; none until it has been drawn."""
        return self._live

    def put_live(self, standing: Standing) -> None:
        """Put another draft in the place of the live one, which can still be opened by its digest.

        Parameters
        ----------
        standing : Standing
            The draft.
        """
        self.put(standing)
        self._live = standing

    def put(self, standing: Standing) -> str:
        """Lay a draft beside the live one, such as a what-if.

        Parameters
        ----------
        standing : Standing
            The draft.

        Returns
        -------
        str
            Its digest: what ``release=`` and ``v=`` name it by.
        """
        digest = standing.view.digest
        with self._lock:
            self._held[digest] = standing
            self._held.move_to_end(digest)
            live = None if self._live is None else self._live.view.digest
            for name in [name for name in self._held if name not in (digest, live)][: -self._earlier]:
                del self._held[name]
        return digest

    def standing(self, digest: str) -> Standing:
        """Find a draft.

        Parameters
        ----------
        digest : str
            Its digest.

        Returns
        -------
        Standing
            The draft.

        Raises
        ------
        NotFoundError
            If it is not on the shelf, or no longer.
        """
        found = self._find(digest)
        if found is None:
            raise NotFoundError(f"there is no draft {digest} here")
        return found

    def resource(self, named: Iterable[str] = ()) -> Resource:
        """Tell what the live draft is about, and others that a request names.

        Parameters
        ----------
        named : iterable of str
            What a request says; drafts are known among it by their digests.

        Returns
        -------
        Resource
            The communes with a case or in a zone, and the diseases; a place that nobody knows while there
            is no draft or a case is not placed.
        """
        live = self._live
        if live is None:
            return Resource(((),))
        digests = {found for text in named for found in _DIGEST.findall(text)} - {live.view.digest}
        others = [found.view for found in map(self._find, sorted(digests)) if found is not None]
        areas = [area for view in (live.view, *others) for area in _areas(view)]
        return Resource(tuple(dict.fromkeys(areas)), {"disease": frozenset(live.diseases)})

    def _find(self, digest: str) -> Standing | None:
        """Find a draft on the shelf, or among those kept, which is then laid there."""
        found = self._held.get(digest)
        if found is None and self._kept is not None and _DIGEST.fullmatch(digest):
            try:
                found = Standing(self._kept(digest))
            except NotFoundError:
                return None
            self.put(found)
        return found

    def get(self, ref: str, /) -> Any:
        """Open a draft, on the shelf or kept, or a release.

        Parameters
        ----------
        ref : str
            A digest, or ``current`` for the live draft.

        Returns
        -------
        DraftView or Release
            What has the digest.

        Raises
        ------
        NotFoundError
            If nothing has it.
        """
        if ref == "current":
            if self._live is None:
                raise NotFoundError("the live draft has not been drawn")
            return self._live.view
        found = self._find(ref)
        return self._releases.get(ref) if found is None else found.view

    def list(self) -> list[DraftLine]:
        """List the live draft; others are not a history of it.

        Returns
        -------
        list of DraftLine
            One line, or none.
        """
        live = self._live
        if live is None:
            return []
        view = live.view
        return [DraftLine(view.digest, view.decision, view.as_of, view.created_at, current=True)]


def _areas(view: DraftView) -> list[tuple[str, ...]]:
    """List the communes of a draft with a case or in a zone; a place nobody knows for cases not placed."""
    communes = view.attributes("communes")
    touched = (communes["cases_total"].fillna(0) > 0) | (communes["in_zone"] != "none")
    touched |= communes["possible_zone"].fillna(False).astype(bool)
    pairs = communes.loc[touched, ["code", "province_code"]].itertuples(index=False, name=None)
    areas: list[tuple[str, ...]] = [(str(code), str(province)) for code, province in pairs]
    counts = view.manifest["counts"]
    return [*areas, ()] if counts["ambiguous"] or counts["unplaced"] else areas
