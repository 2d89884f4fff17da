"""From `geozone serve` typed to the map drawn in headless Chromium, in seconds.

On the real epidemic where the real data is beside the checkout, else on the demonstration. Warm is a
workspace as `geozone release` leaves it; cold has had its prepared outlines deleted by hand.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))
from end_to_end import COMMANDS, DATA

GEOZONE = Path(sys.executable).with_name("geozone")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
RUNS = 3


def workspace(folder: Path) -> str:
    """Make a released workspace."""
    if DATA.is_dir():
        for command in COMMANDS:
            subprocess.run([GEOZONE, *command], cwd=folder, check=True, capture_output=True)
        return "w"
    subprocess.run(
        [GEOZONE, "demo", "--no-serve", "--folder", "w"], cwd=folder, check=True, capture_output=True
    )
    return "w"


def measure(browser: Browser, folder: Path) -> tuple[float, float, float]:
    """Seconds until the port answers, until the first communes are drawn, and until the network rests."""
    start = time.perf_counter()
    server = subprocess.Popen(
        [GEOZONE, "serve", "--workspace", "w", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        address = (server.stdout.readline() if server.stdout else "").split()[1]
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        with page.expect_response(lambda found: "/tiles/communes/" in found.url and found.ok, timeout=60_000):
            page.goto(address)
            listening = time.perf_counter() - start
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        first = time.perf_counter() - start
        page.wait_for_load_state("networkidle", timeout=60_000)
        page.close()
        return listening, first, time.perf_counter() - start
    finally:
        server.terminate()
        server.wait(30)


def main() -> int:
    """Measure cold and warm starts and print a table."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("skipped: no Chromium")
        return 0
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        space = workspace(folder)
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        print("real epidemic" if DATA.is_dir() else "demonstration")
        for kind in ("warm", "cold"):
            for _ in range(RUNS):
                if kind == "cold":
                    shutil.rmtree(folder / space / "cache", ignore_errors=True)
                    (folder / space / "cache").mkdir()
                page, first, idle = measure(browser, folder)
                print(f"{kind}: page {page:.2f}, first communes {first:.2f}, network idle {idle:.2f} s")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
