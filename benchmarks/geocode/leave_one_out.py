"""Measure street-level answers with a gazetteer of the other addresses of the same places.

python benchmarks/geocode/leave_one_out.py addresses.csv --places others.csv --units communes.parquet

Each labelled address is asked with a gazetteer of all the others and of the files of ``--places``: known
addresses only, no street lines. Whatever lies within 15 m of the point asked for is left out as well, so that
one house listed twice does not answer for itself. The answers with no gazetteer, and those of
vietnamadminunits, stand beside. Labels are never used but to judge.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from evaluate import (
    Labelled,
    claims_of,
    distances,
    labelled,
    ours,
    peer,
    print_failures,
    print_table,
    reliability,
    summary,
)

from geozone.admin import AdminUnits, load_crosswalk, load_names, load_units, read_units
from geozone.geocoding import Geocoder
from geozone.geodesy import distance_m
from geozone.places import Gazetteer, read_gazetteer
from geozone.types import Edition

TOO_NEAR_M = 15.0
REAL = Path(__file__).resolve().parents[3] / "shared" / "data"


def as_places(data: Labelled, known: list[str] | None) -> Gazetteer:
    """Make a table of addresses as somebody would keep them: text and point."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.csv"
        table = pd.DataFrame({"address": known or data.addresses, "lon": data.lon, "lat": data.lat})
        table.to_csv(path, index=False)
        return read_gazetteer(path, kind="address")


class Hidden:
    """A geocoder that can be made not to know some rows of its gazetteer, without building it anew."""

    def __init__(self, geocoder: Geocoder, gazetteer: Gazetteer) -> None:
        self.geocoder = geocoder.with_gazetteer(gazetteer)
        self._register = self.geocoder._pinpointer._search._register
        self._lon, self._lat = self._register._lon, self._register._lat
        for keys in (self._register.streets, self._register.places):
            keys.rows = partial(self._rows, keys.rows)
        self._hidden = np.zeros(len(self._lon), dtype=bool)

    def _rows(self, rows: Callable[[str], np.ndarray], key: str) -> np.ndarray:
        found = rows(key)
        return found[~self._hidden[found]]

    def hide_around(self, lon: float, lat: float) -> None:
        self._hidden = distance_m(lon, lat, self._lon, self._lat) <= TOO_NEAR_M
        self._register._roads.cache_clear()


def geocoder_on(units: AdminUnits) -> Geocoder:
    return Geocoder(
        units.communes,
        load_units(Edition.E2021).communes,
        load_crosswalk(),
        aliases_2025=load_names(Edition.E2025),
        aliases_2021=load_names(Edition.E2021),
        language="en",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", help="labelled CSV")
    parser.add_argument("--address-columns", help="a,b+c: parts joined by commas, + by a space")
    parser.add_argument("--places", type=Path, nargs="*", default=[], help="further addresses that are known")
    parser.add_argument("--units", type=Path, help="2025 outlines: for the truth, and for the geocoder")
    parser.add_argument("--embedded", action="store_true", help="let the geocoder use the embedded outlines")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th address only")
    parser.add_argument("--failures", type=int, default=0)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    if given.file is None:
        if not REAL.is_dir():
            print("no labelled addresses beside the checkout: name a file")
            return
        given.file = REAL / "geocode" / "osm_hanoi_addresses.csv"
        given.address_columns = "housenumber+street,subdistrict,district,province"
        given.places = [REAL / "geocode" / "hanoi_kindergartens_2502.csv"]
        given.units = REAL / "communes_2025_all_20m.parquet"
    data = labelled(given.file, given.address_columns, given.units)
    embedded = load_units(Edition.E2025)
    real = embedded if given.units is None else read_units(given.units, base=embedded)[0]
    base = geocoder_on(embedded if given.embedded else real)
    others = [read_gazetteer(path, kind="address") for path in given.places]
    every = [as_places(data, None), *others]
    whole = Gazetteer(
        tuple(source for part in every for source in part.sources),
        tuple(table for part in every for table in part.tables),
    )
    hidden = Hidden(base, whole)
    asked = np.arange(0, len(data.addresses), given.every)
    some = Labelled(
        [data.addresses[i] for i in asked], [data.truth[i] for i in asked], data.lon[asked], data.lat[asked]
    )
    rows = []
    seconds = 0.0
    for i in asked:
        hidden.hide_around(data.lon[i], data.lat[i])
        start = time.perf_counter()
        rows.append(hidden.geocoder.geocode([data.addresses[i]]))
        seconds += time.perf_counter() - start
    answers = pd.concat(rows, ignore_index=True)
    claims = claims_of(answers, seconds)
    columns = {"with the gazetteer": summary(some, claims), "without": summary(some, ours(base, some)[0])}
    if not given.no_peer:
        columns["vietnamadminunits"] = summary(some, peer(some))
    print_table(columns)
    print("\nReliability of scores, communes and their ties\n")
    print(reliability(some, claims).to_string())
    print("\nDistance from the point given\n")
    print(distances(some, answers).to_string())
    if given.failures:
        print_failures(some, claims, answers, given.failures)


if __name__ == "__main__":
    main()
