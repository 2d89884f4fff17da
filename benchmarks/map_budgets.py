"""The map page against its budgets, in headless Chromium: bytes of script, first paint, tasks while panning.

On the real epidemic (3,321 communes) where the real data is beside the checkout, else on the
demonstration, or on the workspace named. The test browser draws in software, so frame rate says little:
what counts is the processor time of the page's own script, read from the browser's trace, task by task.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
from first_paint import ARGUMENTS, workspace
from screenshots import served, settle

import geozone

RUNS = 3
SCRIPT_BYTES = 400_000
FIRST_PAINT_S = 2.0
TASK_MS = 50.0
PAN_STEPS = 24
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
"""Bits a second and milliseconds of what browsers call a slow 4G, or fast 3G, connection."""
TRACED = "devtools.timeline,toplevel,v8"


def script_bytes() -> int:
    """Bytes of all script of the built page, compressed."""
    assets = Path(geozone.__file__).parent / "web" / "assets"
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in assets.glob("*.js"))


def first_paint(browser: Browser, address: str, *, slow: bool = False) -> tuple[float, float]:
    """Seconds from the address typed to the first text on screen, and to the first communes drawn."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    if slow:
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    start = time.perf_counter()
    with page.expect_response(lambda found: "/tiles/communes/" in found.url and found.ok, timeout=90_000):
        page.goto(address, wait_until="commit")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    communes = time.perf_counter() - start
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    page.context.close()
    return painted / 1000, communes


def own_tasks_ms(page: Page) -> list[float]:
    """Processor time of each task of the page's script on its main thread while the map is panned."""
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    ended: list[bool] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.append(True))
    session.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})
    page.mouse.move(800, 450)
    page.mouse.down()
    for step in range(PAN_STEPS):
        page.mouse.move(800 - 12 * step, 450 - 8 * step)
        page.wait_for_timeout(30)
    page.mouse.up()
    page.wait_for_timeout(1500)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    return _top_level(events)


def _top_level(events: list[dict[str, Any]]) -> list[float]:
    """Take what runs our script, outermost calls only, on the thread that runs the page."""
    calls = [
        event
        for event in events
        if event.get("ph") == "X"
        and event["name"] in ("FunctionCall", "EvaluateScript")
        and "/assets/" in json.dumps(event.get("args", {}))
        and "map-worker" not in json.dumps(event.get("args", {}))
    ]
    outermost: list[dict[str, Any]] = []
    for event in sorted(calls, key=lambda one: (one["pid"], one["tid"], one["ts"], -one.get("dur", 0))):
        last = outermost[-1] if outermost else None
        same = last is not None and (last["pid"], last["tid"]) == (event["pid"], event["tid"])
        if last is None or not same or event["ts"] >= last["ts"] + last.get("dur", 0):
            outermost.append(event)
    return sorted((event.get("tdur", event.get("dur", 0)) / 1000 for event in outermost), reverse=True)


def _row(said: str, figure: str, budget: str = "", met: bool | None = None) -> None:
    verdict = "" if met is None else ("met" if met else "NOT MET")
    print(f"{said:<26}{figure:<34}{budget:<14}{verdict}")


def main() -> int:
    """Measure, and print a table with the budgets."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("skipped: no Chromium")
        return 0
    size = script_bytes()
    _row("script, compressed", f"{size / 1000:.1f} KB", f"{SCRIPT_BYTES / 1000:.0f} KB", size <= SCRIPT_BYTES)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        space = sys.argv[1] if len(sys.argv) > 1 else workspace(Path(name))
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with served(Path(name), space) as address:
            runs = [first_paint(browser, address) for _ in range(RUNS)]
            for said, seconds in zip(
                ("first text", "first communes"), map(min, zip(*runs, strict=True)), strict=True
            ):
                _row(said, f"{seconds:.2f} s", f"{FIRST_PAINT_S:.0f} s", seconds <= FIRST_PAINT_S)
            text, communes = first_paint(browser, address, slow=True)
            _row("at 1.6 Mbit/s, 150 ms", f"{text:.2f} s, communes {communes:.2f} s")
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            settle(page)
            tasks = own_tasks_ms(page)
            over = sum(task > TASK_MS for task in tasks)
            told = f"{max(tasks, default=0):.1f} ms ({len(tasks)} tasks, {over} over)"
            _row("longest task, panning", told, f"{TASK_MS:.0f} ms", bool(tasks) and not over)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
