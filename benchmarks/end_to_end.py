"""The real epidemic of spring 2021, from files to a release: seconds and memory, two ways.

As six commands (each pays for its own start), and as one process that calls the same steps. Needs the
real data kept beside the checkout; says so and ends with 0 where it is absent.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = CHECKOUT.parent / "shared" / "data"
UNITS = DATA / "communes_2025_all_20m.parquet"
POPULATION = DATA / "commune_attributes_2025.csv"
CASES = DATA / "covid_cases_commune_daily_2021.csv"
COMMANDS = [
    ["init", "w"],
    ["import", "units", str(UNITS)],
    ["import", "population", str(POPULATION)],
    ["import", "cases", str(CASES)],
    ["draft", "--as-of", "2021-07-13"],
    ["release", "--decision", "test"],
]


def one_process(folder: Path) -> None:
    """Call the steps of the commands, one after another."""
    from geozone.pipeline import decide, imports, publish  # noqa: PLC0415
    from geozone.workspace import Workspace  # noqa: PLC0415

    now, who = datetime.now(UTC), "benchmark"
    with Workspace.create(folder / "w", created_at=now) as space:
        imports.import_units(space, UNITS)
        imports.import_population(space, POPULATION, imported_at=now, actor=who)
        imports.import_cases(space, CASES, imported_at=now, actor=who)
        rules = decide.choose_rules(space, None, date(2021, 7, 13))
        decide.make_draft(space, rules=rules, as_of=date(2021, 7, 13), drawn_at=now, actor=who)
        publish.release(space, decision="test", created_at=now, actor=who)


def timed(command: list[str | Path], folder: str) -> float:
    """Run a command to its end; its output is thrown away."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    """Run both ways in new folders and print a table."""
    if sys.argv[1:2] == ["--one-process"]:
        one_process(Path(sys.argv[2]))
        return 0
    if not DATA.is_dir():
        print("skipped: the real data is not beside the checkout")
        return 0
    geozone = Path(sys.executable).with_name("geozone")
    with tempfile.TemporaryDirectory() as folder:
        seconds = [timed([geozone, *command], folder) for command in COMMANDS]
        for command, taken in zip(COMMANDS, seconds, strict=True):
            print(f"{' '.join(command[:2]):<24} {taken:6.2f} s")
    print(f"{'as six commands':<24} {sum(seconds):6.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        taken = timed([sys.executable, __file__, "--one-process", folder], folder)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'as one process':<24} {taken:6.2f} s, largest process of all {peak_mb:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
