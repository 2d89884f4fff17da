"""Query parameters read strictly: unknown, repeated and malformed ones are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Annotated, NoReturn

from fastapi import Depends, Path, Query, Request

from geozone.api.layers import LAYERS
from geozone.api.problems import ProblemError
from geozone.api.table import Box

__all__ = ["LayerName", "ReleaseQuery", "check_query", "parse_bbox", "parse_datetime", "refuse"]

_MAX_QUERY = 32_768
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def _chosen_release(
    request: Request,
    release: Annotated[
        str | None,
        Query(
            description="Digest of the release to read; the current one by default.",
            pattern="^(current|[0-9a-f]{64})$",
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        Query(
            description="Read the newest release that holds for this day or, failing that, an earlier one."
        ),
    ] = None,
) -> str | None:
    """Find the release that a request names, by its digest or by a day."""
    if as_of is None:
        return release
    if release is not None:
        refuse("as_of", "cannot be given together with release")
    digest: str = request.app.state.service.catalogue.digest_as_of(as_of)
    return digest


ReleaseQuery = Annotated[str | None, Depends(_chosen_release)]
"""The reference of the release asked for: a digest, ``current`` or ``None``."""


LayerName = Annotated[str, Path(description="Name of a layer.", json_schema_extra={"enum": list(LAYERS)})]
"""A layer in an address; any other name is answered 404, or 403, not 400."""


def refuse(name: str, reason: str) -> NoReturn:
    """Refuse a parameter.

    Parameters
    ----------
    name : str
        Its name.
    reason : str
        What is wrong with it.

    Raises
    ------
    ProblemError
        Always: 400.
    """
    fault = {"in": "query", "name": name, "reason": reason}
    raise ProblemError(400, "A parameter is wrong.", errors=(fault,))


def check_query(request: Request, allowed: AbstractSet[str]) -> None:
    """Refuse parameters that a route does not know, repeats, and control characters.

    Parameters
    ----------
    request : Request
        The request.
    allowed : set of str
        Names the route knows.

    Raises
    ------
    ProblemError
        400.
    """
    if len(request.url.query) > _MAX_QUERY:
        raise ProblemError(400, f"The query is longer than {_MAX_QUERY} characters.")
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        shown = _CONTROL.sub("?", name)[:60]
        if name not in allowed:
            refuse(shown, "is not a parameter of this address")
        if name in seen:
            refuse(shown, "is given more than once")
        if _CONTROL.search(value):
            refuse(shown, "holds a control character")
        seen.add(name)


def parse_bbox(text: str, *, latitude_first: bool = False, in_degrees: bool = True) -> tuple[Box, ...]:
    """Read a ``bbox`` parameter.

    Parameters
    ----------
    text : str
        Four numbers, or six with heights, which are passed over.
    latitude_first : bool
        Whether the first axis points north.
    in_degrees : bool
        Whether the numbers are longitudes and latitudes, with their ranges.

    Returns
    -------
    tuple of Box
        One box, west and south first; two where it crosses the antimeridian.

    Raises
    ------
    ProblemError
        400.
    """
    parts = text.split(",")
    if len(parts) not in (4, 6):
        refuse("bbox", "expected 4 or 6 numbers with commas between")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        refuse("bbox", "expected numbers")
    if not all(math.isfinite(number) for number in numbers):
        refuse("bbox", "expected finite numbers")
    west, south, east, north = (
        numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])
    )
    if latitude_first:
        west, south, east, north = south, west, north, east
    if in_degrees and not (
        -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90
    ):
        refuse("bbox", "expected longitudes from -180 to 180 and latitudes from -90 to 90")
    if south > north:
        refuse("bbox", "the southern edge lies north of the northern one")
    if west > east:
        if not in_degrees:
            refuse("bbox", "the first edge lies beyond the opposite one")
        return ((west, south, 180.0, north), (-180.0, south, east, north))
    return ((west, south, east, north),)


def parse_datetime(text: str) -> tuple[date | None, date | None]:
    """Read a ``datetime`` parameter.

    Parameters
    ----------
    text : str
        An instant, or an interval ``start/end`` where either may be ``..`` or empty.

    Returns
    -------
    tuple of date
        First and last day, each ``None`` where open.

    Raises
    ------
    ProblemError
        400.
    """
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(parts[0])
        return day, day
    if len(parts) != 2 or all(part in ("", "..") for part in parts):
        refuse("datetime", "expected a date, or an interval with one end at least")
    first, last = (None if part in ("", "..") else _day(part) for part in parts)
    if first is not None and last is not None and first > last:
        refuse("datetime", "the interval ends before it begins")
    return first, last


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}T?", text):  # GDAL 3.6 writes a day as 2021-07-01T
            return date.fromisoformat(text[:10])
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", text):
            return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    refuse("datetime", "expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
