"""Why somebody reads identifiers: a header of the request, or a cookie that the page sets for a session."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request

from geozone.access.purposes import PURPOSES, Purpose, read_purpose
from geozone.api.problems import ProblemError

__all__ = ["PURPOSE_COOKIE", "PURPOSE_HEADER", "purpose_of"]

PURPOSE_HEADER = "X-Geozone-Purpose"
PURPOSE_COOKIE = "geozone-purpose"


def purpose_of(request: Request, *, required: bool) -> Purpose | None:
    """Read the purpose of a request.

    Parameters
    ----------
    request : Request
        The request: its header goes before its cookie; both may be percent-encoded UTF-8.
    required : bool
        Whether one must be told.

    Returns
    -------
    Purpose or None
        None where none was told.

    Raises
    ------
    ProblemError
        428 if one is required and none was told, 400 if it is not one.
    """
    given = request.headers.get(PURPOSE_HEADER) or request.cookies.get(PURPOSE_COOKIE)
    if not given:
        if required:
            raise ProblemError(
                428, f"Say why you read this: {PURPOSE_HEADER} with one of {', '.join(PURPOSES)}."
            )
        return None
    try:
        return read_purpose(unquote(given))
    except ValueError as error:
        fault = {"in": "header", "name": PURPOSE_HEADER, "reason": str(error)}
        raise ProblemError(400, "The purpose is not one.", errors=(fault,)) from error
