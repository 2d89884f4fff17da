"""A page of all communes is sent as it is made: piece by piece, each small, the first at once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from geozone.admin import load_units
from geozone.api import ServiceOptions, create_app
from geozone.api.table import LayerTable
from geozone.release import ReleaseStore

COLUMNS = ["code", "name", "full_name", "province_code", "province_name", "boundary_quality", "geometry"]
_MOST = 2 << 20


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    store = ReleaseStore(Path(tmp_path_factory.mktemp("stream")) / "releases")
    draft = SimpleNamespace(
        layers={"communes": load_units().communes[COLUMNS]},
        as_of=date(2021, 7, 13),
        rules={},
        edition="2025",
        boundary_quality="approximate",
        counts={},
        warnings=(),
        sources=(),
    )
    store.publish(draft, decision="1", created_at=datetime(2021, 7, 14, tzinfo=UTC), actor="an")
    return create_app(store, web_root=None, options=ServiceOptions(prepare=False))


def ask(app: Any, path: str, query: str) -> tuple[list[bytes], list[int]]:
    """Bodies as the server sends them, and how many features had been written when each was."""
    sent: list[bytes] = []
    at: list[int] = []
    written = 0
    features = LayerTable.features

    def counted(self: LayerTable, *rows: Any, **how: Any) -> Any:
        nonlocal written
        for feature in features(self, *rows, **how):
            written += 1
            yield feature

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            sent.append(message.get("body", b""))
            at.append(written)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"geo.test")], "server": ("geo.test", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LayerTable, "features", counted)
        asyncio.run(app(scope, receive, send))
    return sent, at


@pytest.mark.parametrize("form", ["json", "jsonseq"])
def test_a_large_page_is_sent_while_it_is_made(app: Any, form: str) -> None:
    sent, at = ask(app, "/ogc/collections/communes/items", f"limit=10000&f={form}")
    whole = b"".join(sent)
    if form == "json":
        assert len(json.loads(whole)["features"]) > 3000
    assert len(sent) > 10
    assert max(map(len, sent)) < _MOST, "no piece is large, so memory does not grow with the page"
    first = next(i for i, body in enumerate(sent) if body)
    assert at[first] < 700, "the first piece is sent before most of the page is made"
