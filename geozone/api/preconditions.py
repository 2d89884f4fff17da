"""``If-Match``: whoever changes something says what they saw, and is told who was faster."""

from __future__ import annotations

from fastapi import Request

from geozone.api.problems import ProblemError

__all__ = ["expected_revision", "expected_tag"]


def expected_tag(request: Request, what: str) -> str:
    """Read the tag that a change was made for.

    Parameters
    ----------
    request : Request
        The request.
    what : str
        What is changed, for the message: ``A decision``.

    Returns
    -------
    str
        The opaque part of ``If-Match``.

    Raises
    ------
    ProblemError
        428 without one.
    """
    given = request.headers.get("if-match", "").strip()
    if not given:
        raise ProblemError(428, f"{what} needs If-Match with the ETag that you saw.")
    return given.removeprefix("W/").strip('"')


def expected_revision(request: Request, what: str) -> int:
    """Read the revision that a change was made for.

    Parameters
    ----------
    request : Request
        The request.
    what : str
        What is changed, for the message.

    Returns
    -------
    int
        The number in ``If-Match``.

    Raises
    ------
    ProblemError
        428 without one; 412 for one that was never given out.
    """
    tag = expected_tag(request, what)
    if not (tag.isascii() and tag.isdigit() and len(tag) < 19):
        raise ProblemError(412, f"{what} was made for a state that there never was.")
    return int(tag)
