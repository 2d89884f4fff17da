"""A service on the embedded communes, in a process of its own: shared by the benchmarks beside it."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from geozone.admin import load_units
from geozone.api import ServiceOptions, create_app
from geozone.release import ReleaseStore


@dataclass
class Draft:
    layers: dict[str, Any]
    as_of: date = date(2021, 7, 13)
    rules: dict[str, str] = field(default_factory=dict)
    edition: str = "2025"
    boundary_quality: str = "approximate"
    counts: dict[str, int] = field(default_factory=dict)
    warnings: tuple[Any, ...] = ()
    sources: tuple[Any, ...] = ()


def publish(root: Path, **more: Any) -> str:
    """Publish the communes, with further columns, and give the digest."""
    communes = load_units().communes
    columns = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality", "geometry"]
    draft = Draft({"communes": communes[columns].assign(**more)})
    store = ReleaseStore(root)
    return store.publish(draft, decision="benchmark", created_at=datetime.now(UTC), actor="benchmark").digest


@contextmanager
def serving(target: Any, argument: Path) -> Iterator[str]:
    """Run a service in another process and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=target, args=(argument, port), daemon=True)
    process.start()
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{base}/health", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield base
    process.terminate()
    process.join(10)


def ours(root: Path, port: int) -> None:
    """Serve the releases of a folder with one worker."""
    app = create_app(ReleaseStore(root), options=ServiceOptions(prepare=False))
    uvicorn.run(app, port=port, log_level="warning", access_log=False)
