"""Fuzz the geocoder, guided by coverage: no exception, no broken answer, no slow text, no growing memory.

python benchmarks/geocode/fuzz.py --seconds 3600

Needs the ``fuzz`` dependency group. A text that fails is written beside the corpus as ``crash-*``; give it
back with ``--replay FILE``. Ends with the counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import atheris
from corrupt import corrupted

with atheris.instrument_imports(include=["geozone.geocoding"]):
    from geozone.geocoding import Geocoder
from geozone.geocoding.rank import Context
from geozone.types import Edition

CONTEXTS = (
    Context(), Context(Edition.E2021), Context(Edition.E2025), Context(None, Edition.E2021),
    Context(None, Edition.E2025),
)  # fmt: skip
LONGEST = 10_000
MOST_CPU_S = 1.0
"""CPU seconds that no text of up to 10,000 characters may take, instrumented."""
EDGES = (
    "", ",", "P.", "P. Q. H. TX. TP.", "Thành phố " * 900, "ph" + "ơ" * 9_990, "xã " * 3_000, "1" * 10_000,
    "tan lap " * 1_200, "a1" * 5_000, "(" * 10_000, "'" * 10_000, "Phường Phúc Xá, " * 600, "\u0301" * 10_000,
)  # fmt: skip


class Watch:
    """Counts texts, their time and the memory of the process."""

    def __init__(self) -> None:
        self.geocoder = Geocoder.embedded()
        self.texts = 0
        self.placed = 0
        self.slowest_s = 0.0
        self.longest = 0
        self.settled_mb = 0.0

    def check(self, data: bytes) -> None:
        context = CONTEXTS[data[0] % len(CONTEXTS)] if data else CONTEXTS[0]
        text = data[1:].decode("utf-8", "surrogateescape")
        start = time.process_time()
        answer = self.geocoder.solve([(text, context)])[0]
        taken = time.process_time() - start
        if taken > MOST_CPU_S:
            raise RuntimeError(f"{len(text)} characters took {taken:.2f} s")
        members = json.loads(answer.geo_candidates)
        shares = sum(member["share"] for member in members)
        match answer.geo_status:
            case "match":
                sound = (answer.geo_level == "commune") == (answer.geo_commune_code is not None)
            case "tie":
                sound = 2 <= len(members) <= 6 and abs(shares - 1) < 1e-6 and answer.geo_commune_code is None
            case _:
                sound = answer.geo_level == "none" and answer.geo_lon is None
        if not (sound and 0 <= answer.geo_score <= 1 and answer.geo_reason):
            raise RuntimeError(f"an answer that breaks its contract: {answer}")
        self.texts += 1
        self.placed += answer.geo_status != "none"
        self.slowest_s = max(self.slowest_s, taken)
        self.longest = max(self.longest, len(text))
        if self.texts == 20_000:
            self.settled_mb = peak_mb()

    def report(self) -> None:
        print(
            f"\n{self.texts:,} texts of up to {self.longest:,} characters, {self.placed:,} placed; "
            f"slowest {self.slowest_s * 1000:.0f} ms of CPU; peak memory {self.settled_mb:,.0f} MB after "
            f"20,000 texts, {peak_mb():,.0f} MB at the end; {time.process_time():,.0f} s of CPU in all",
            flush=True,
        )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_corpus(folder: Path) -> None:
    texts = list(EDGES)
    for mistakes in (0, 1, 3, 6):
        texts += corrupted(mistakes, 300, 11, missing=True)["address"].tolist()
    for number, text in enumerate(texts):
        (folder / f"{number:05}").write_bytes(bytes([number % len(CONTEXTS)]) + text.encode("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3_600)
    parser.add_argument(
        "--corpus", type=Path, help="folder that keeps what was found; a new one if not given"
    )
    parser.add_argument("--replay", type=Path, help="one text that failed")
    given = parser.parse_args()
    watch = Watch()
    if given.replay:
        watch.check(given.replay.read_bytes())
        return
    folder = given.corpus or Path(tempfile.mkdtemp(prefix="geocode-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    write_corpus(folder)
    start = time.monotonic()

    def one(data: bytes) -> None:
        watch.check(data)
        if time.monotonic() - start > given.seconds:
            watch.report()
            # libFuzzer would take an ordinary end for a failure.
            os._exit(0)

    # Time is judged by the processor's clock above: these are for what hangs on a busy machine.
    limits = ["-timeout=300", "-report_slow_units=300", "-rss_limit_mb=2048", f"-max_len={4 * LONGEST}"]
    atheris.Setup([sys.argv[0], str(folder), *limits, f"-artifact_prefix={folder}/crash-"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
