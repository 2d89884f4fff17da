"""Make the pictures of the README from the demonstration, in headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

CHECKOUT = Path(__file__).resolve().parents[1]
TARGET = CHECKOUT / "docs" / "images"
SIZES = {"map": (1280, 800), "map-phone": (390, 844)}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def main() -> int:
    """Run the demonstration, serve it, and photograph the map."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("This needs Chromium: apt install chromium", file=sys.stderr)
        return 1
    command = Path(sys.executable).with_name("geozone")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([command, "demo", "--no-serve", "--folder", "demo"], cwd=folder, check=True)
        server = subprocess.Popen(
            [command, "serve", "--workspace", "demo", "--port", "0"],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1]
            threading.Thread(target=server.stdout.read, daemon=True).start()
            _wait(address)
            TARGET.mkdir(parents=True, exist_ok=True)
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                for name, (width, height) in SIZES.items():
                    page = browser.new_page(viewport={"width": width, "height": height})
                    page.goto(address)
                    time.sleep(12)
                    page.screenshot(path=TARGET / f"{name}.png")
                    print(TARGET / f"{name}.png")
                browser.close()
        finally:
            server.terminate()
            server.wait(20)
    return 0


def _wait(address: str) -> None:
    for _ in range(60):
        try:
            with urllib.request.urlopen(f"{address}ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the service did not become ready")


if __name__ == "__main__":
    sys.exit(main())
