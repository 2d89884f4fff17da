"""``geozone doctor``: whether this installation and this workspace are fit for work."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from geozone import __version__
from geozone.cli.console import AsJson, Language, LanguageOption, WorkspaceOption, answer, now, open_workspace
from geozone.errors import GeozoneError, NotFoundError
from geozone.settings import Settings, find_workspace

if TYPE_CHECKING:
    from geozone.workspace import Workspace

__all__ = ["Check", "State", "doctor", "examine"]

_FREE_GOOD, _FREE_LEAST = 5 << 30, 1 << 30
_PRIVATE = ("drafts", "zones", "rejects", "keys", "secrets")
_CLOCK_SLACK_S = 300
_REQUIRED = ("geopandas", "shapely", "pyproj", "pyarrow", "sqlalchemy", "alembic", "cryptography", "fastapi")


class State(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Check(NamedTuple):
    """One thing looked at."""

    name: str
    state: State
    vi: str
    en: str


def doctor(
    language: LanguageOption = Language.VI, workspace: WorkspaceOption = None, as_json: AsJson = False
) -> None:
    """Check the installation, database, disk, rights, releases, signatures and clock.

    Ends with 0 if all is good or only warned of, with 1 if something is bad.
    """
    settings = Settings()
    try:
        root: Path | None = find_workspace(workspace or settings.workspace, Path.cwd())
    except NotFoundError:
        root = None
    checks = list(examine(root, settings, at=now()))
    marks = {State.GOOD: "✓", State.WARNING: "!", State.BAD: "✗"}
    vi = language is Language.VI
    answer(
        as_json,
        {
            "ok": all(check.state is not State.BAD for check in checks),
            "checks": [{**check._asdict(), "state": str(check.state)} for check in checks],
        },
        *(f"{marks[check.state]} {check.vi if vi else check.en}" for check in checks),
    )
    if any(check.state is State.BAD for check in checks):
        raise typer.Exit(1)


def examine(root: Path | None, settings: Settings, *, at: datetime) -> Iterator[Check]:
    """Look at everything; a check that fails stops none of those that follow."""
    yield from _installation()
    if root is None:
        yield Check(
            "workspace",
            State.WARNING,
            "Không có không gian làm việc ở đây: geozone init TÊN",
            "No workspace here: geozone init NAME",
        )
        return
    yield from _disk(root)
    yield from _rights(root)
    yield from _space(root, settings, at)


def _installation() -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, version

    import geozone

    found, absent = [], []
    for name in _REQUIRED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
    python = ".".join(map(str, sys.version_info[:3]))
    known = f"geozone {__version__}, Python {python}, SQLite {sqlite3.sqlite_version}; {', '.join(found)}"
    if absent:
        yield Check(
            "packages",
            State.BAD,
            f"Thiếu gói: {', '.join(absent)}",
            f"Packages are missing: {', '.join(absent)}",
        )
    else:
        yield Check("packages", State.GOOD, f"Cài đặt đủ: {known}", f"Installed: {known}")
    web = Path(geozone.__file__).parent / "web"
    fonts = list(web.rglob("*.woff2")) if web.is_dir() else []
    if (web / "index.html").is_file() and fonts:
        yield Check(
            "web",
            State.GOOD,
            f"Trang bản đồ đã dựng, {len(fonts)} tệp phông chữ",
            f"The map page is built, with {len(fonts)} font files",
        )
    else:
        yield Check(
            "web",
            State.BAD,
            "Trang bản đồ hoặc phông chữ của nó chưa được dựng: cài lại gói geozone",
            "The map page or its fonts are not built: install the package geozone again",
        )


def _disk(root: Path) -> Iterator[Check]:
    free = shutil.disk_usage(root).free
    state = State.GOOD if free >= _FREE_GOOD else State.WARNING if free >= _FREE_LEAST else State.BAD
    gib = free / (1 << 30)
    yield Check("disk", state, f"Đĩa còn trống {gib:.1f} GiB", f"{gib:.1f} GiB of disk are free")


def _rights(root: Path) -> Iterator[Check]:
    if os.name != "posix":
        return
    private = [
        root,
        *(root / name for name in _PRIVATE),
        root / "geozone.db",
        *root.glob("keys/*.pem"),
        *root.glob("secrets/*.keys"),
    ]
    open_to_all = [path for path in private if path.exists() and path.stat().st_mode & 0o077]
    unwritable = [
        path for path in (root, root / "releases") if path.exists() and not os.access(path, os.W_OK)
    ]
    for path in open_to_all:
        name = path.relative_to(root.parent)
        yield Check(
            "rights",
            State.BAD,
            f"{name} đang mở cho người khác đọc: chmod go= {name}",
            f"{name} can be read by others: chmod go= {name}",
        )
    for path in unwritable:
        yield Check(
            "rights",
            State.BAD,
            f"Không ghi được vào {path.name}",
            f"{path.name} cannot be written by this user",
        )
    if not open_to_all and not unwritable:
        yield Check(
            "rights", State.GOOD, "Thư mục riêng tư chỉ chủ sở hữu vào được", "Private folders are private"
        )


def _space(root: Path, settings: Settings, at: datetime) -> Iterator[Check]:
    try:
        space = open_workspace(root, settings)
    except GeozoneError as error:
        yield Check("database", State.BAD, f"Không mở được: {error}", f"It cannot be opened: {error}")
        return
    with space:
        yield from _database(space)
        yield from _releases(space)
        yield from _keys(space, at)
        yield from _identifier_keys(space)
        yield from _clock(space, at)


def _database(space: Workspace) -> Iterator[Check]:
    from geozone.store.versions import HEAD

    faults = space.store.integrity_faults()
    if faults:
        yield Check(
            "database",
            State.BAD,
            f"Cơ sở dữ liệu hỏng: {'; '.join(faults[:3])}",
            f"The database is damaged: {'; '.join(faults[:3])}",
        )
        return
    yield Check(
        "database",
        State.GOOD,
        f"Cơ sở dữ liệu nguyên vẹn, phiên bản {HEAD}",
        f"The database is whole, at version {HEAD}",
    )


def _releases(space: Workspace) -> Iterator[Check]:
    from geozone.release import Verdict

    try:
        listed = space.releases.list()
        if not listed:
            yield Check("releases", State.GOOD, "Chưa có bản công bố nào", "There is no release yet")
            return
        report = space.releases.verify("current", space.keys.trust())
    except GeozoneError as error:
        yield Check("releases", State.BAD, f"Bản công bố: {error}", f"Releases: {error}")
        return
    genuine = report.verdict is Verdict.GENUINE
    state = State.GOOD if genuine else State.WARNING
    if report.verdict in (Verdict.ALTERED, Verdict.REVOKED):
        state = State.BAD
    first = report.findings[0] if report.findings else None
    yield Check(
        "releases",
        state,
        f"{len(listed)} bản công bố. {report.verdict.vi} {first.vi if first else report.signature.vi}",
        f"{len(listed)} releases. {report.verdict.en} {first.en if first else report.signature.en}",
    )


def _keys(space: Workspace, at: datetime) -> Iterator[Check]:
    from geozone.release.signing import grouped

    active = space.keys.active()
    key = None if active is None else space.keys.ring().key(active)
    if active is None or key is None:
        yield Check(
            "key",
            State.WARNING,
            "Chưa có khóa ký; bản công bố đầu tiên sẽ tạo, hoặc: geozone keys make",
            "No signing key yet; the first release makes one, or: geozone keys make",
        )
        return
    refusal = key.refusal(at)
    vi, en = f"Khóa ký {grouped(active)}", f"Signing key {grouped(active)}"
    if not space.keys.is_locked(active):
        vi, en = f"{vi} (không có mật khẩu)", f"{en} (no passphrase)"
    if refusal is None:
        yield Check("key", State.GOOD, vi, en)
    else:
        yield Check("key", State.BAD, f"{vi}: không được ký lúc này", f"{en}: may not sign now")


def _identifier_keys(space: Workspace) -> Iterator[Check]:
    """Look for the key of identifiers: that it is here, its owner's alone, and in no database or backup."""
    path = space.store.keys.path
    used = space.store.identifier_keys()
    keys = [line.encode() for line in path.read_text(encoding="ascii").split()]
    holders = [file for file in (*space.root.glob("*.db"), *space.root.glob("*.db.*")) if _holds(file, keys)]
    for file in holders:
        yield Check(
            "identifier-key",
            State.BAD,
            f"{file.name} chứa khóa mã hóa danh tính: đổi khóa bằng geozone keys rotate-identifiers",
            f"{file.name} holds the key of identifiers: replace it with geozone keys rotate-identifiers",
        )
    if len(used) > 1:
        yield Check(
            "identifier-key",
            State.WARNING,
            "Việc đổi khóa danh tính chưa xong: chạy lại geozone keys rotate-identifiers",
            "The key of identifiers is being replaced and was interrupted: geozone keys rotate-identifiers",
        )
    if not holders:
        within = path.is_relative_to(space.root)
        vi = "; nằm trong không gian làm việc, không sao lưu chung với cơ sở dữ liệu" if within else ""
        en = "; it lies in the workspace: do not back it up together with the database" if within else ""
        yield Check(
            "identifier-key",
            State.GOOD,
            f"Danh tính được mã hóa, khóa ở {path}{vi}",
            f"Identifiers are encrypted, the key is in {path}{en}",
        )


def _holds(file: Path, keys: list[bytes]) -> bool:
    """Tell whether any of some keys stands in a file, read piece by piece."""
    longest = max(map(len, keys), default=0)
    tail = b""
    with file.open("rb") as stream:
        while piece := stream.read(1 << 22):
            if any(key in tail + piece for key in keys):
                return True
            tail = piece[-longest:]
    return False


def _clock(space: Workspace, at: datetime) -> Iterator[Check]:
    """Hold the clock against what was written last: it must not lie before it."""
    try:
        listed = space.releases.list()
    except GeozoneError:  # told among the releases
        return
    latest = max((datetime.fromisoformat(item.created_at) for item in listed), default=None)
    if latest is not None and (latest.astimezone(UTC) - at).total_seconds() > _CLOCK_SLACK_S:
        yield Check(
            "clock",
            State.BAD,
            f"Đồng hồ ({at:%Y-%m-%d %H:%M} UTC) chạy sau bản công bố mới nhất ({latest:%Y-%m-%d %H:%M})",
            f"The clock ({at:%Y-%m-%d %H:%M} UTC) is behind the newest release ({latest:%Y-%m-%d %H:%M})",
        )
        return
    yield Check("clock", State.GOOD, f"Đồng hồ: {at:%Y-%m-%d %H:%M} UTC", f"Clock: {at:%Y-%m-%d %H:%M} UTC")
