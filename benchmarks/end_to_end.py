"""The real epidemic of spring 2021, from files to a release: seconds and memory of each command.

Needs the real data kept beside the checkout; says so and ends with 0 where it is absent.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = CHECKOUT.parent / "shared" / "data"


def steps(data: Path) -> list[list[str]]:
    """The commands of the run, in order."""
    return [
        ["init", "w"],
        ["import", "units", str(data / "communes_2025_all_20m.parquet")],
        ["import", "population", str(data / "commune_attributes_2025.csv")],
        ["import", "cases", str(data / "covid_cases_commune_daily_2021.csv")],
        ["draft", "--as-of", "2021-07-13"],
        ["release", "--decision", "test"],
    ]


def main() -> int:
    """Run every command once in a new folder and print a table."""
    if not DATA.is_dir():
        print("skipped: the real data is not beside the checkout")
        return 0
    command = Path(sys.executable).with_name("geozone")
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for step in steps(DATA):
            start = time.perf_counter()
            subprocess.run(
                [command, *step], cwd=folder, check=True, stdout=subprocess.DEVNULL, env={**os.environ}
            )
            seconds = time.perf_counter() - start
            total += seconds
            print(f"{' '.join(step[:2]):<20} {seconds:6.2f} s")
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'from files to release':<20} {total:6.2f} s, largest process {peak_mb:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
