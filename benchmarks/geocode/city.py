"""Measure street-level answers in a made-up city whose truth is known to the metre.

python benchmarks/geocode/city.py --streets 300 --ask 3000 --seed 7

The city lies over the embedded communes of Ha Noi. The gazetteer gets its streets (half of the alleys), three
houses in ten and its hamlets; the addresses asked for are other houses, typed with the units of either
edition or with some of them only, abbreviated, unaccented or misspelled. Nothing in the code knows the city.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from evaluate import Claims, Labelled, claims_of, print_failures, print_table, reliability, summary

from geozone.admin import load_units
from geozone.geocoding import Geocoder
from geozone.geodesy import distance_m
from geozone.places import Gazetteer, read_gazetteer
from geozone.synthetic.city import City, make_city
from geozone.tables import fold
from geozone.types import Edition

FORMS = ("ward-2025", "ward-2021", "district", "province", "nothing")
ODDS = (0.35, 0.35, 0.2, 0.05, 0.05)


def gazetteer_of(city: City, known: np.ndarray, folder: Path) -> Gazetteer:
    city.streets.to_file(folder / "streets.geojson", driver="GeoJSON")
    city.hamlets.drop(columns="commune").to_file(folder / "hamlets.geojson", driver="GeoJSON")
    houses = city.houses[known]
    chain = np.where(houses["alleys"] != "", houses["alleys"] + "/", "")
    table = pd.DataFrame(
        {
            "addr:housenumber": chain + houses["number"].astype(str),
            "addr:street": houses["street"],
            "lon": houses["lon"],
            "lat": houses["lat"],
        }
    )
    table.to_csv(folder / "houses.csv", index=False)
    return read_gazetteer(*(folder / name for name in ("streets.geojson", "hamlets.geojson", "houses.csv")))


def units_at(lon: np.ndarray, lat: np.ndarray) -> pd.DataFrame:
    """Units of both editions at some points, by the embedded outlines."""
    new, old = load_units(Edition.E2025), load_units(Edition.E2021)
    there = new.index.locate(lon, lat)
    once = old.index.locate(lon, lat)
    table = pd.DataFrame({"there": there, "once": once})
    fields = ["code", "full_name", "province_name", "district_name"]
    for name, units, rows in (("new", new.communes, there), ("old", old.communes, once)):
        found = units[fields].iloc[np.maximum(rows, 0)].reset_index(drop=True)
        table[[f"{name}_{field}" for field in fields]] = found.to_numpy()
    return table


def mistype(text: str, rng: np.random.Generator) -> str:
    places = [i for i in range(3, len(text) - 1) if text[i].isalpha() and text[i - 1].isalpha()]
    if not places:
        return text
    at = places[int(rng.integers(len(places)))]
    return (
        text[:at] + text[at + 1 :]
        if rng.random() < 0.5
        else text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    )


def typed(house: pd.Series, rng: np.random.Generator) -> tuple[str, str]:
    street = house["street"]
    if rng.random() < 0.4 and not street.startswith("Đường số"):
        street = street.split(" ", 1)[1]
    if rng.random() < 0.05:
        street = mistype(street, rng)
    number = str(house["number"])
    if house["alleys"]:
        forms = (f"Số {number} ngõ {house['alleys']} {street}", f"{house['alleys']}/{number} {street}")
        head = forms[int(rng.integers(2))]
    else:
        head = (f"Số {number}, {street}", f"{number} {street}", f"SN {number} {street}")[int(rng.integers(3))]
    form = str(rng.choice(FORMS, p=ODDS))
    tails = {
        "ward-2025": (house["new_full_name"], house["new_province_name"]),
        "ward-2021": (house["old_full_name"], house["old_district_name"], house["old_province_name"]),
        "district": (house["old_district_name"], house["old_province_name"]),
        "province": (house["new_province_name"],),
        "nothing": (),
    }
    text = ", ".join([head, *(str(part) for part in tails[form])])
    if rng.random() < 0.3:
        for long, short in (("Phường ", "P. "), ("Quận ", "Q. "), ("Huyện ", "H. "), ("Thành phố ", "TP ")):
            text = text.replace(long, short)
    if rng.random() < 0.15:
        text = re.sub(r"[^\W\d_]+", lambda word: fold(word[0]), text)
    return text, form


def by_form(forms: list[str], data: Labelled, claims: Claims) -> pd.DataFrame:
    right = np.array([bool(t & a) for t, a in zip(data.truth, claims.allowed, strict=True)])
    single = np.array([code in truth for code, truth in zip(claims.codes, data.truth, strict=True)])
    wrong = (claims.status == "match") & claims.fine & ~single
    table = pd.DataFrame(
        {"form": forms, "inside": right, "one commune, right": single, "confidently wrong": wrong}
    )
    grouped = table.groupby("form")
    return (100 * grouped.mean()).round(1).assign(rows=grouped.size())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streets", type=int, default=300)
    parser.add_argument("--ask", type=int, default=3_000)
    parser.add_argument("--known", type=float, default=0.3, help="share of the houses that the gazetteer has")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--failures", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    communes = load_units(Edition.E2025).communes
    hanoi = communes[communes["province_name"] == "Thành phố Hà Nội"].reset_index(drop=True)
    city = make_city(gpd.GeoDataFrame(hanoi), streets=given.streets, seed=given.seed)
    known = rng.random(len(city.houses)) < given.known
    with tempfile.TemporaryDirectory() as folder:
        gazetteer = gazetteer_of(city, known, Path(folder))
    others = city.houses[~known]
    asked = others.sample(min(given.ask, len(others)), random_state=given.seed).reset_index(drop=True)
    asked = pd.concat([asked, units_at(asked["lon"].to_numpy(), asked["lat"].to_numpy())], axis=1)
    asked = asked[(asked["there"] >= 0) & (asked["once"] >= 0)].reset_index(drop=True)
    pairs = [typed(row, rng) for _, row in asked.iterrows()]
    data = Labelled(
        [text for text, _ in pairs],
        [frozenset({code}) for code in asked["new_code"]],
        asked["lon"].to_numpy(),
        asked["lat"].to_numpy(),
    )
    start = time.perf_counter()
    geocoder = Geocoder.embedded(language="en", gazetteer=gazetteer)
    print(f"{json.dumps(gazetteer.counts)}; built in {time.perf_counter() - start:.1f} s\n")
    start = time.process_time()
    answers = geocoder.geocode(data.addresses)
    seconds = time.process_time() - start
    claims = claims_of(answers, seconds)
    plain = Geocoder.embedded(language="en").geocode(data.addresses)
    print_table(
        {"with the gazetteer": summary(data, claims), "without": summary(data, claims_of(plain, 1.0))}
    )
    print(f"\n{len(data.addresses) / seconds:,.0f} addresses per CPU second\n")
    print(by_form([form for _, form in pairs], data, claims).to_string())
    print("\nReliability of scores\n")
    print(reliability(data, claims).to_string())
    away = distance_m(answers["geo_lon"], answers["geo_lat"], data.lon, data.lat)
    table = pd.DataFrame({"level": answers["geo_level"], "status": answers["geo_status"], "away": away})
    table["stated"] = answers["geo_uncertainty_m"]
    table["covered"] = table["away"] <= table["stated"]
    grouped = table.dropna().groupby(["status", "level"])
    print("\nDistance, m\n")
    print(
        pd.DataFrame(
            {
                "rows": grouped.size(),
                "median": grouped["away"].median().round(),
                "p95": grouped["away"].quantile(0.95).round(),
                "stated": grouped["stated"].median().round(),
                "inside, %": (100 * grouped["covered"].mean()).round(1),
            }
        ).to_string()
    )
    if given.failures:
        print_failures(data, claims, answers, given.failures)


if __name__ == "__main__":
    main()
