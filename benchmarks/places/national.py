"""Measure a geocoder with a gazetteer of national size: how long it takes to build, its memory, its speed.

python benchmarks/places/national.py --streets 400000 --houses 1200000

Streets (lines of ten points) and houses are made up at random places inside the embedded communes; a name is
given to about seven pieces, the common ones to thousands, as it is in the country.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from geozone.admin import load_units
from geozone.geocoding import Geocoder
from geozone.places import PLACES, Gazetteer, PlaceSource
from geozone.synthetic.words import FAMILY_NAMES, HAMLETS, MIDDLE_NAMES

CHUNK = 20_000


def make_names(count: int, rng: np.random.Generator) -> np.ndarray:
    middles = [*MIDDLE_NAMES["male"], "Công", "Đình", "Xuân", "Thế"]
    kinds = ("Đường", "Phố", "Đường")
    return np.array(
        [
            f"{kinds[i % 3]} {rng.choice(FAMILY_NAMES)} {rng.choice(middles)} {rng.choice(HAMLETS)} {i % 97}"
            if i % 5 == 0
            else f"{kinds[i % 3]} {rng.choice(FAMILY_NAMES)} {rng.choice(middles)} {rng.choice(HAMLETS)}"
            f"{'' if i < 500 else ' ' + rng.choice(middles) + ' ' + rng.choice(HAMLETS)}"
            for i in range(count)
        ],
        dtype=object,
    )


def pick(names: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Names as they are given: the commonest to one piece in three hundred."""
    weight = 1 / (np.arange(len(names)) + 30) ** 0.9
    return names[rng.choice(len(names), size=size, p=weight / weight.sum())]


def chunks(
    kind: str, count: int, names: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> list[pa.Table]:
    tables = []
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        chosen = pick(names, size, rng)
        at = points[rng.integers(len(points), size=size)] + rng.normal(0, 0.01, (size, 2))
        shapes: list[bytes | None] = [None] * size
        if kind == "street":
            walk = at[:, None, :] + np.cumsum(rng.normal(0, 3e-4, (size, 10, 2)), axis=1)
            shapes = shapely.to_wkb(shapely.linestrings(walk)).tolist()
        number = None if kind == "street" else [str(n) for n in rng.integers(1, 400, size)]
        columns = [
            [kind] * size, chosen.tolist(), [None] * size, number or [None] * size, at[:, 0], at[:, 1],
            np.zeros(size), shapes, [None] * size,
        ]  # fmt: skip
        tables.append(
            pa.table([pa.array(c, f.type) for c, f in zip(columns, PLACES, strict=True)], schema=PLACES)
        )
    return tables


def rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streets", type=int, default=400_000)
    parser.add_argument("--houses", type=int, default=1_200_000)
    parser.add_argument("--ask", type=int, default=2_000)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    communes = load_units().communes
    points = communes[["lon", "lat"]].to_numpy()
    names = make_names(60_000, rng)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tables").mkdir()
        path = str(folder / "tables" / "made.arrow")
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, PLACES) as writer:
            for kind, count in (("street", given.streets), ("address", given.houses)):
                for table in chunks(kind, count, names, points, rng):
                    writer.write_table(table)
        counts = {"address": given.houses, "street": given.streets}
        made = PlaceSource("made", "0" * 64, "", "", "made", counts)
        digest = Gazetteer((made,), ()).write(folder)
        before = rss_mb()
        geocoder = Geocoder.embedded()
        plain = rss_mb()
        start = time.process_time()
        gazetteer = Gazetteer.read(folder, digest)
        opened = time.process_time() - start
        geocoder = geocoder.with_gazetteer(gazetteer)
        built = time.process_time() - start
        print(f"opened in {opened:.2f} s, ready in {built:.1f} s of CPU", flush=True)
        units = communes.sample(given.ask, random_state=1, replace=True)
        streets = pick(names, given.ask, rng)
        asked = [
            f"{rng.integers(1, 400)} {street}, {unit}, {province}"
            for street, unit, province in zip(
                streets, units["full_name"], units["province_name"], strict=True
            )
        ]
        start = time.process_time()
        answers = geocoder.geocode(asked)
        seconds = time.process_time() - start
        print(f"peak memory, MB: {before:.0f} before, {plain:.0f} without, {rss_mb():.0f} with and after")
        levels = answers["geo_level"].value_counts().to_dict()
        print(f"{given.ask / seconds:,.0f} addresses per CPU second; by level: {levels}")


if __name__ == "__main__":
    main()
