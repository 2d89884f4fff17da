"""Errors as RFC 9457 problem documents: one shape, translated in one place, no internal text."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from geozone.errors import ConflictError, DataError, DeniedError, GeozoneError, NotFoundError, StoreError

__all__ = [
    "CHALLENGE",
    "STATUS",
    "ProblemError",
    "changed_meanwhile",
    "failure_response",
    "problem_response",
    "refusal",
    "register_problems",
]

_log = logging.getLogger("geozone.api")

STATUS: Mapping[type[GeozoneError], int] = {
    DataError: 400,
    NotFoundError: 404,
    ConflictError: 409,
    DeniedError: 403,
    StoreError: 503,
}
"""Status of each kind of error of the core; any other is 500."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="geozone"'}
"""Sent with 401: how to say who one is."""

_DETAIL = {
    400: "The request is not one that this service understands.",
    403: "You may not do this.",
    404: "There is nothing at this address.",
    405: "This address does not allow that method.",
    409: "The request contradicts what is already there.",
    500: "The service failed. The request id names the entry in its log.",
    503: "The service cannot read its data for the moment.",
}


class ProblemError(Exception):
    """An answer that is a problem document.

    Parameters
    ----------
    status : int
        HTTP status.
    detail : str
        What is wrong, for the client; never anything internal.
    errors : sequence of dict
        The parameters at fault: ``in``, ``name`` and ``reason`` each.
    headers : mapping of str
        Headers to send along.
    members : mapping of str
        Further members of the document.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: tuple[dict[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def problem_response(problem: ProblemError, request: Request | None = None) -> Response:
    """Write a problem document.

    Parameters
    ----------
    problem : ProblemError
        What is wrong.
    request : Request, optional
        The request, for its id.

    Returns
    -------
    Response
        ``application/problem+json``.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    identifier = request.scope.get("state", {}).get("request_id") if request is not None else None
    if identifier:
        document["instance"] = f"urn:uuid:{identifier}"
    if problem.errors:
        document["errors"] = list(problem.errors)
    document |= problem.members
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(orjson.dumps(document), problem.status, headers, media_type="application/problem+json")


def register_problems(app: FastAPI) -> None:
    """Make every error of an application a problem document.

    Parameters
    ----------
    app : FastAPI
        The application.
    """
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(GeozoneError, _on_core)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this type only
    return problem_response(error, request)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    faults = tuple(
        {"in": str(fault["loc"][0]), "name": str(fault["loc"][-1]), "reason": str(fault["msg"])}
        for fault in error.errors()
    )
    return problem_response(ProblemError(400, "A parameter is wrong.", errors=faults), request)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    detail = _DETAIL.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return problem_response(ProblemError(error.status_code, detail, headers=error.headers), request)


async def _on_core(request: Request, error: Exception) -> Response:
    if isinstance(error, DeniedError):
        return problem_response(refusal(error), request)
    if isinstance(error, ConflictError):
        return problem_response(changed_meanwhile(error, 409), request)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500:
        _log.error("request failed", exc_info=error)
    return problem_response(ProblemError(status, _DETAIL[status]), request)


def refusal(error: DeniedError) -> ProblemError:
    """Say that somebody may not do something: 401 where it is not known who asks, else 403.

    Parameters
    ----------
    error : DeniedError
        Why.

    Returns
    -------
    ProblemError
        To raise or send.
    """
    if error.known:
        return ProblemError(403, str(error))
    return ProblemError(401, str(error), headers=CHALLENGE)


def changed_meanwhile(error: ConflictError, status: int = 412, detail: str | None = None) -> ProblemError:
    """Say that somebody else was faster, who and when, as far as it is known.

    Parameters
    ----------
    error : ConflictError
        What contradicts.
    status : int
        412 where the request named the state it was made for, else 409.
    detail : str, optional
        What to say; by default that of the status.

    Returns
    -------
    ProblemError
        With the members ``changed_by`` and ``changed_at``.
    """
    members = {} if error.by is None else {"changed_by": error.by}
    if error.at is not None:
        members["changed_at"] = error.at.isoformat()
    return ProblemError(status, detail or _DETAIL[409], members=members)


def failure_response(request: Request) -> Response:
    """Answer for an error that nobody foresaw.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Response
        500, with the request id that the log has.
    """
    return problem_response(ProblemError(500, _DETAIL[500]), request)
