"""Photograph the map page: every screen in both languages, and the click paths that docs/map.md shows.

    python scripts/screenshots.py [--workspace FOLDER] [--out FOLDER] [--docs]

Without a workspace the demonstration is made. `--docs` remakes the pictures of the documentation; use it with
the demonstration alone, whose data is made up.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[1]
DOCS = CHECKOUT / "docs" / "images"
SCREENS = {390: 844, 1024: 768, 1920: 1080}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
GEOZONE = Path(sys.executable).with_name("geozone")


@contextmanager
def served(folder: Path, workspace: str) -> Iterator[str]:
    """Serve a workspace, and give its address once it is ready."""
    command = [GEOZONE, "serve", "--workspace", workspace, "--port", "0"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[1]
        threading.Thread(target=server.stdout.read, daemon=True).start()
        yield address
    finally:
        server.terminate()
        server.wait(20)


def read(address: str) -> Any:
    """Ask the service."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def settle(page: Page, limit_s: float = 300) -> None:
    """Wait until everything asked for is drawn."""
    deadline, calm = time.monotonic() + limit_s, 0
    while calm < 3:
        if time.monotonic() > deadline:
            raise SystemExit("the map never came to rest")
        calm = calm + 1 if page.evaluate("Boolean(window.geozone?.settled)") else 0
        page.wait_for_timeout(150)


def screens(browser: Any, address: str, out: Path) -> None:
    """Photograph each view on each screen in each language."""
    releases = read(f"{address}api/v1/releases")["releases"]
    views = {"first": "", "coverage": "&paint=coverage&cases=1", "wall": "&theme=dark"}
    orange = read(f"{address}ogc/collections/communes/items?filter=epidemic_level%3E=2&limit=1&f=json")[
        "features"
    ]
    if orange:
        views["card"] = f"&commune={orange[0]['properties']['code']}"
    if len(releases) > 1:
        views["changes"] = f"&since={releases[1]['digest']}"
        views["beside"] = f"&beside={releases[-1]['digest']}&split=0.6"
    for width, height in SCREENS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, locale="vi-VN")
        for language in ("vi", "en"):
            for name, view in views.items():
                page.goto("about:blank")
                page.goto(f"{address}#lang={language}{view}")
                settle(page)
                page.screenshot(path=out / f"{name}-{language}-{width}.png")
                print(out / f"{name}-{language}-{width}.png")
        page.close()


def questions(browser: Any, address: str) -> None:
    """Photograph the end of each click path of docs/map.md."""
    page = browser.new_page(viewport={"width": 1180, "height": 760}, locale="vi-VN")
    orange = read(f"{address}ogc/collections/communes/items?filter=epidemic_level=3&limit=1&f=json")[
        "features"
    ][0]
    page.goto(address)
    settle(page)
    page.click("#search-input")
    page.keyboard.type(orange["properties"]["name"], delay=20)
    page.locator(f"#find [role=option]:has-text('{orange['properties']['province_name']}')").first.click()
    settle(page)
    page.screenshot(path=DOCS / "map-why.png")
    page.goto("about:blank")
    page.goto(address)
    settle(page)
    page.click("#changes")
    settle(page)
    page.screenshot(path=DOCS / "map-changes.png")
    page.click("#card-close")
    page.click("#beside-toggle")
    settle(page)
    page.screenshot(path=DOCS / "map-beside.png")
    with urllib.request.urlopen(
        f"{address}api/v1/sheet?f=png&dpi=80&lang={quote('vi')}", timeout=60
    ) as answer:
        (DOCS / "map-sheet.png").write_bytes(answer.read())
    page.close()


def main() -> int:
    """Serve, photograph, end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", help="an own workspace instead of the demonstration")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "build" / "screenshots")
    parser.add_argument("--docs", action="store_true", help="remake the pictures of docs/map.md only")
    wanted = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("This needs Chromium: apt install chromium", file=sys.stderr)
        return 1
    wanted.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        workspace = wanted.workspace and str(Path(wanted.workspace).resolve())
        if workspace is None:
            subprocess.run([GEOZONE, "demo", "--no-serve", "--folder", "demo"], cwd=name, check=True)
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with served(Path(name), workspace or "demo") as address:
            if wanted.docs:
                questions(browser, address)
            else:
                screens(browser, address, wanted.out)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
