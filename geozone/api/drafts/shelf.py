"""The drafts that analysts can open: the live one, those before it, and others that were laid beside it."""

from __future__ import annotations

import threading
from collections import OrderedDict
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
    earlier : int
        How many drafts are held besides the live one; those used longest ago go first.
    """

    def __init__(self, releases: Releases, *, earlier: int = _EARLIER) -> None:
        self._releases = releases
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
        found = self._held.get(digest)
        if found is None:
            raise NotFoundError(f"there is no draft {digest} here")
        return found

    def resource(self) -> Resource:
        """Tell what the live draft is about.

        Returns
        -------
        Resource
            The communes with a case or in a zone, and the diseases; a place that nobody knows while there
            is no draft or a case is not placed.
        """
        live = self._live
        if live is None:
            return Resource(((),))
        communes = live.view.attributes("communes")
        touched = (communes["cases_total"].fillna(0) > 0) | (communes["in_zone"] != "none")
        touched |= communes["possible_zone"].fillna(False).astype(bool)
        pairs = communes.loc[touched, ["code", "province_code"]].itertuples(index=False, name=None)
        areas: list[tuple[str, ...]] = [(str(code), str(province)) for code, province in pairs]
        counts = live.view.manifest["counts"]
        if counts["ambiguous"] or counts["unplaced"]:
            areas.append(())
        return Resource(tuple(areas), {"disease": frozenset(live.diseases)})

    def get(self, ref: str, /) -> Any:
        """Open a draft, or a release.

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
        found = self._held.get(ref)
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
