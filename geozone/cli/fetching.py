"""Tiles of another server, for the base map that a setting names."""

from __future__ import annotations

from collections.abc import Callable

from geozone.errors import StoreError

_TIMEOUT_S = 10.0
_NOTHING = (204, 404)


def fetch_tile() -> Callable[[str], bytes | None]:
    """Make what fetches tiles; it opens a connection when first asked, and keeps it."""
    import httpx

    client = httpx.Client(timeout=_TIMEOUT_S, headers={"User-Agent": "geozone"})

    def fetch(address: str) -> bytes | None:
        try:
            answer = client.get(address)
        except httpx.HTTPError as error:
            raise StoreError("the server of the base map does not answer") from error
        if answer.status_code in _NOTHING:
            return None
        if answer.status_code != httpx.codes.OK:
            raise StoreError(f"the server of the base map answered {answer.status_code}")
        return answer.content

    return fetch
