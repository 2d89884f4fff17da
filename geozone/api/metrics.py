"""Prometheus metrics of one application, in a registry of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from geozone.api.byte_cache import ByteCache

__all__ = ["METRICS_TYPE", "Metrics"]

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_LOOK_EVERY_S = 1.0

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Metrics:
    """Counts of requests and caches.

    Parameters
    ----------
    tiles, pages : ByteCache
        The caches to watch.
    shared : Path, optional
        Folder in which several processes keep their counts; any of them then tells those of all.
    """

    def __init__(self, tiles: ByteCache[Any], pages: ByteCache[Any], *, shared: Path | None = None) -> None:
        self._registry = CollectorRegistry()
        self._shared = shared
        self._watched: list[tuple[Gauge, ByteCache[Any], str]] = []
        self._looked = 0.0
        self._requests = Counter(
            "geozone_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "geozone_request_seconds", "Time to answer.", ["route"], buckets=_BUCKETS, registry=self._registry
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        for name, cache in (("tile", tiles), ("page", pages)):
            self._watch(f"geozone_{name}_cache_hits", f"{name} answers found in memory.", cache, "hits")
            self._watch(f"geozone_{name}_cache_misses", f"{name} answers made.", cache, "misses")
            self._watch(f"geozone_{name}_cache_bytes", f"Bytes of {name} answers in memory.", cache, "size")
        self._ready = Gauge(
            "geozone_ready",
            "Whether a release is served.",
            registry=self._registry,
            multiprocess_mode="livemax",
        )

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Parameters
        ----------
        route : str
            Template of the route, never the address itself.
        method : str
            Method; anything unusual is counted as ``other``.
        status : int
            Status of the answer.
        seconds : float
            Time it took.
        """
        found = self._children.get((route, method, status))
        if found is None:
            known = method if method in _METHODS else "other"
            found = self._requests.labels(route, known, str(status)), self._seconds.labels(route)
            if known == method:
                self._children[route, method, status] = found
        found[0].inc()
        found[1].observe(seconds)
        if self._shared is not None and time.monotonic() - self._looked > _LOOK_EVERY_S:
            self._look()

    def text(self, *, ready: bool) -> bytes:
        """Write the metrics.

        Parameters
        ----------
        ready : bool
            Whether a release is served.

        Returns
        -------
        bytes
            Prometheus text.
        """
        self._ready.set(1 if ready else 0)
        self._look()
        if self._shared is None:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, path=str(self._shared))  # type: ignore[no-untyped-call]
        return generate_latest(everybody)

    def _watch(self, name: str, text: str, cache: ByteCache[Any], attribute: str) -> None:
        gauge = Gauge(name, text, registry=self._registry, multiprocess_mode="livesum")
        self._watched.append((gauge, cache, attribute))

    def _look(self) -> None:
        """Read the caches; where others tell of them too, often enough to be told right."""
        self._looked = time.monotonic()
        for gauge, cache, attribute in self._watched:
            gauge.set(float(getattr(cache, attribute)))
