"""The service as processes: one, or several that share one address, and an end that cuts nobody off."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from prometheus_client import multiprocess
from uvicorn.supervisors.multiprocess import Multiprocess

__all__ = ["run_service"]

Build = Callable[[Path | None], FastAPI]
_Handler = Callable[[int, FrameType | None], object] | int | None
_GRACE_S = 10
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_HEALTH_S = 30


def run_service(
    build: Callable[[Path | None], FastAPI], listener: socket.socket, *, workers: int = 1
) -> None:
    """Serve until told to end (SIGTERM, SIGINT); requests under way are finished, for up to 10 seconds.

    Parameters
    ----------
    build : callable
        Makes the application, in the process that serves it; is given the folder in which processes keep
        their counts together, if there are several. With several it must be picklable.
    listener : socket
        Bound and listening; all processes accept from it, so that none is needed for the others to serve.
    workers : int
        Processes. One that ends is started again; SIGHUP starts all of them again, one after another.
    """
    if workers == 1:
        uvicorn.Server(_Config(_Build(build, None))).run(sockets=[listener])
        return
    counts = Path(tempfile.mkdtemp(prefix="geozone-metrics-"))
    os.environ[_SHARED] = str(counts)  # read by prometheus_client when a worker imports it
    try:
        _Workers(_Config(_Build(build, counts), workers=workers), [listener]).run()
    finally:
        shutil.rmtree(counts, ignore_errors=True)


class _Build:
    """Makes the application when it is called, which a worker does after it was started."""

    def __init__(self, build: Build, counts: Path | None) -> None:
        self._build, self._counts = build, counts

    def __call__(self) -> FastAPI:
        return self._build(self._counts)


class _Config(uvicorn.Config):
    """Settings of the server; the application is made in the process that serves it."""

    def __init__(self, build: Callable[[], FastAPI], *, workers: int = 1) -> None:
        super().__init__(
            build,
            factory=True,
            workers=workers,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_worker_healthcheck=_HEALTH_S,
        )
        self._make = build

    def load(self) -> None:
        """Make the application and all that speaks for it."""
        app = self._make()
        self.app, self.factory = app, False
        self.http = app.state.tile_protocol or "httptools"
        super().load()
        _end_streams_first(app.state.end_streams)


def _end_streams_first(end: Callable[[], None]) -> None:
    """End event streams at the signal: the server would wait for open maps otherwise."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def told(sig: int, frame: FrameType | None, before: _Handler = before) -> None:
            end()
            if callable(before):
                before(sig, frame)

        signal.signal(number, told)


class _Workers(Multiprocess):
    """Keeps the workers alive, and takes one that ended out of the metrics of those that live."""

    def keep_subprocess_alive(self) -> None:
        """Start again whoever has ended."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
