"""Measure the memory of importing OpenStreetMap extracts of growing size.

python benchmarks/places/import_memory.py --ways 100000 400000

An extract is made with the mix of a national one (most nodes have no tags, one way in four has a name, one
node in fifty an address), packed with osmium where it is installed, and imported by a fresh process each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

NODES_PER_WAY = 10
IMPORT = """
import json, resource, sys, time
from pathlib import Path
from geozone.places import import_gazetteer
start = time.perf_counter()
done = import_gazetteer([Path(sys.argv[1])], Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
places = sum(done.gazetteer.counts.values())
print(json.dumps({"seconds": time.perf_counter() - start, "peak_mb": peak, "places": places}))
"""


def make_extract(path: Path, ways: int, seed: int) -> None:
    """Write an extract as XML, a thousand ways at a time."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\" generator=\"made\">\n")
        for start in range(0, ways, 1_000):
            lon, lat = rng.uniform(103, 109, 1_000), rng.uniform(9, 23, 1_000)
            for way in range(start, min(ways, start + 1_000)):
                x, y = lon[way - start], lat[way - start]
                for k in range(NODES_PER_WAY):
                    node = way * NODES_PER_WAY + k + 1
                    head = f'<node id="{node}" lat="{y + k * 2e-4:.7f}" lon="{x + k * 2e-4:.7f}" version="1"'
                    if node % 50 == 0:
                        street = f'<tag k="addr:street" v="Đường {way % 9000}"/>'
                        file.write(f'{head}><tag k="addr:housenumber" v="{node % 400}"/>{street}</node>\n')
                    else:
                        file.write(f"{head}/>\n")
        for way in range(ways):
            first = way * NODES_PER_WAY + 1
            refs = "".join(f'<nd ref="{first + k}"/>' for k in range(NODES_PER_WAY))
            tags = '<tag k="highway" v="residential"/>' if way % 2 else '<tag k="building" v="yes"/>'
            if way % 4 == 1:
                tags += f'<tag k="name" v="Đường {way % 9000}"/>'
            ring = "" if way % 2 else f'<nd ref="{first}"/>'
            file.write(f'<way id="{way + 1}" version="1">{refs}{ring}{tags}</way>\n')
        file.write("</osm>\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ways", type=int, nargs="+", default=[100_000, 400_000])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| ways | nodes | file, MB | places | seconds | peak, MB |\n|---:|---:|---:|---:|---:|---:|")
    for ways in given.ways:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made.osm"
            make_extract(path, ways, given.seed)
            if shutil.which("osmium"):
                packed = path.with_suffix(".osm.pbf")
                subprocess.run(["osmium", "cat", path, "-o", packed], check=True, capture_output=True)
                path.unlink()
                path = packed
            size = path.stat().st_size / 1e6
            command = [sys.executable, "-c", IMPORT, str(path), str(Path(folder) / "places")]
            done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"| {ways:,} | {ways * NODES_PER_WAY:,} | {size:.0f} | {done['places']:,} "
                f"| {done['seconds']:.0f} | {done['peak_mb']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
