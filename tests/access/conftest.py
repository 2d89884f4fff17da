"""A workspace with a draft, identities of every role, and a client of its service."""

from __future__ import annotations

import asyncio
import csv
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from geozone.access import Identity, Role, passwords
from geozone.pipeline import decide, imports
from geozone.workspace import Workspace

NOW = datetime(2021, 11, 12, 8, tzinfo=UTC)
ROWS = [
    ("A1", "Phường Phúc Xá, Quận Ba Đình, Hà Nội", "Trần Thị Canh Yến", "0912345678"),
    ("A2", "Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh", "Lê Văn Hoàng Yến", "0987654321"),
    ("A3", "không rõ", "Phạm Sơn Ca", "0900000001"),
    ("A4", "Phường 7, Quận 8, TP. Hồ Chí Minh", "Đỗ Chim Sẻ", "0900000002"),
]


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests that cost little, but where the digests themselves are looked at."""
    if request.module.__name__.endswith("test_secrets"):
        return
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)
    monkeypatch.setattr(passwords, "_NOBODY", quick.hash("nobody"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three cases and a draft that `an` drew."""
    folder = tmp_path_factory.mktemp("access")
    with (folder / "ds.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Mã BN", "Địa chỉ", "Họ tên", "Số điện thoại", "Ngày báo cáo"])
        writer.writerows([*row, "2/11/2021"] for row in ROWS)
    with Workspace.create(folder / "w", created_at=NOW) as made:
        imports.import_cases(made, folder / "ds.csv", imported_at=NOW, actor="an")
        rules = decide.choose_rules(made, None, date(2021, 11, 12))
        decide.make_draft(made, rules=rules, as_of=date(2021, 11, 12), drawn_at=NOW, actor="an")
    return folder / "w"


@pytest.fixture
def space(template: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(template, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


@pytest.fixture
def who() -> Callable[..., Identity]:
    def make(name: str, role: str, **limits: Any) -> Identity:
        return Identity(name, Role(role), **limits)

    return make


class Client:
    """Asks an application, without a socket."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def request(
        self, method: str, url: str, headers: dict[str, Any] | None = None, **sent: Any
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://geo.test") as client:
                return await client.request(method, url, headers=headers, **sent)

        return asyncio.run(ask())


@pytest.fixture(scope="session")
def make_client() -> type[Client]:
    return Client


@pytest.fixture
def now() -> datetime:
    return NOW
