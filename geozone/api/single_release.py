"""A store that holds one release and knows of no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from geozone.errors import NotFoundError
from geozone.release import Release

__all__ = ["SingleRelease"]


class SingleRelease:
    """One release as a store, so that what is read from it depends on nothing else.

    Parameters
    ----------
    release : Release
        The release.
    """

    def __init__(self, release: Release) -> None:
        self._release = release

    def get(self, ref: str, /) -> Release:
        """Open the release.

        Parameters
        ----------
        ref : str
            Its digest, or ``current``.

        Returns
        -------
        Release
            The release.

        Raises
        ------
        NotFoundError
            If another one is meant.
        """
        if ref not in ("current", self._release.digest):
            raise NotFoundError(f"there is no release {ref} here")
        return self._release

    def list(self) -> list[Any]:
        """List it.

        Returns
        -------
        list
            One line.
        """
        held = self._release
        line = SimpleNamespace(
            digest=held.digest,
            decision=held.decision,
            as_of=held.as_of,
            created_at=held.created_at,
            current=True,
        )
        return [line]
