"""Whether the process lives, whether it can serve, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from geozone.api.metrics import METRICS_TYPE, Metrics
from geozone.api.problems import ProblemError
from geozone.api.respond import json_bytes, respond
from geozone.api.service import Service, strict_query

__all__ = ["probes_router"]


def probes_router(service: Service, metrics: Metrics) -> APIRouter:
    """Make ``/health``, ``/ready`` and ``/metrics``.

    Parameters
    ----------
    service : Service
        Shared state.
    metrics : Metrics
        Counts.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(tags=["Service"], dependencies=[Depends(strict_query)])

    @router.get("/health", summary="Whether the process lives")
    def health(request: Request) -> Response:
        """Answer 200 while the process lives."""
        return respond(request, json_bytes({"status": "ok"}), tag=None)

    @router.get("/ready", summary="Whether a release is served")
    def ready(request: Request) -> Response:
        """200 with the digest served; 503 while there is no release."""
        current = service.catalogue.current()
        if current is None:
            raise ProblemError(503, "There is no release yet.", headers={"Retry-After": "30"})
        return respond(request, json_bytes({"status": "ready", "release": current.digest}), tag=None)

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def prometheus(request: Request) -> Response:
        """Count requests by route and status, times, caches."""
        body = metrics.text(ready=service.catalogue.current() is not None)
        return respond(request, body, media_type=METRICS_TYPE, tag=None)

    return router
