"""Measure the geocoder on labelled addresses, beside vietnamadminunits on the same rows.

python benchmarks/geocode/evaluate.py addresses.csv --units communes.parquet
python benchmarks/geocode/evaluate.py osm.csv --address-columns housenumber+street,district,province
python benchmarks/geocode/evaluate.py --corrupted 1 --count 5000 --seed 1
python benchmarks/geocode/evaluate.py --each-kind 1000

A labelled file has the address, ``lon`` and ``lat``. The truth of a row is the 2025 commune that holds its
point: in the outlines of ``--units`` (any file that `geozone import units` reads), else in the embedded ones.
A corrupted official list carries its truth itself. The peer is run old parser first, then new, and its
2021 commune goes through the same crosswalk; its parser never touches the network.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from corrupt import KINDS_OF_MISTAKE, corrupted, corrupted_so
from vietnamadminunits import ParseMode, parse_address

from geozone.admin import load_crosswalk, load_units, read_units
from geozone.geocoding import Geocoder
from geozone.geodesy import distance_m
from geozone.types import Edition

FINE = {"address", "street", "hamlet", "commune"}
SURE = 0.9
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0001)


class Labelled(NamedTuple):
    """Addresses with what is true of them."""

    addresses: list[str]
    truth: list[frozenset[str]]
    """2025 communes, one or the successors of a divided one; empty where unknown."""
    lon: np.ndarray
    lat: np.ndarray


class Claims(NamedTuple):
    """What a geocoder says of each address."""

    status: np.ndarray
    fine: np.ndarray
    """Whether it claims a commune or better."""
    codes: list[str | None]
    allowed: list[frozenset[str]]
    score: np.ndarray
    seconds: float


def labelled(path: Path, columns: str | None, units: Path | None) -> Labelled:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    spec = columns or "address"
    parts = [group.split("+") for group in spec.split(",")]
    joined = [
        [" ".join(row[name] for name in group if row[name]).strip() for group in parts]
        for row in table.to_dict("records")
    ]
    addresses = [", ".join(part for part in row if part) for row in joined]
    lon, lat = table["lon"].astype(float).to_numpy(), table["lat"].astype(float).to_numpy()
    embedded = load_units(Edition.E2025)
    outlines = embedded if units is None else read_units(units, base=embedded)[0]
    codes = outlines.communes["code"].to_numpy()
    position = outlines.index.locate(lon, lat)
    truth = [frozenset({codes[i]}) if i >= 0 else frozenset() for i in position]
    return Labelled(addresses, truth, lon, lat)


def from_lists(table: pd.DataFrame) -> Labelled:
    """Official addresses that were corrupted, with the communes of 2025 that they allow."""
    crosswalk = load_crosswalk()
    onward = crosswalk.groupby("code_2021")["code_2025"].agg(frozenset).to_dict()
    truth = [
        frozenset({code}) if edition == "2025" else onward.get(code, frozenset())
        for code, edition in zip(table["code"], table["edition"], strict=True)
    ]
    nowhere = np.full(len(table), np.nan)
    return Labelled(table["address"].tolist(), truth, nowhere, nowhere)


def ours(geocoder: Geocoder, data: Labelled) -> tuple[Claims, pd.DataFrame]:
    start = time.perf_counter()
    answers = geocoder.geocode(data.addresses)
    return claims_of(answers, time.perf_counter() - start), answers


def claims_of(answers: pd.DataFrame, seconds: float) -> Claims:
    allowed = []
    for row in answers.itertuples():
        members = {member["code"] for member in json.loads(row.geo_candidates)}
        if isinstance(row.geo_commune_code, str):
            members = {row.geo_commune_code}
        allowed.append(frozenset(members) if row.geo_status != "none" else frozenset())
    codes = [code if isinstance(code, str) else None for code in answers["geo_commune_code"]]
    fine = answers["geo_level"].isin(FINE).to_numpy()
    status = answers["geo_status"].to_numpy()
    return Claims(status, fine, codes, allowed, answers["geo_score"].to_numpy(), seconds)


def peer(data: Labelled) -> Claims:
    crosswalk = load_crosswalk().sort_values(["is_default", "share"], ascending=False)
    onward = crosswalk.groupby("code_2021", sort=False)["code_2025"].agg(list).to_dict()
    codes: list[str | None] = []
    allowed: list[frozenset[str]] = []
    start = time.perf_counter()
    for address in data.addresses:
        found: list[str] = []
        old = parse_address(address, mode=ParseMode.LEGACY)
        if old.ward_code:
            found = onward.get(old.ward_code, [])
        if not found:
            new = parse_address(address, mode=ParseMode.FROM_2025)
            found = [new.ward_code] if new.ward_code else []
        codes.append(found[0] if found else None)
        allowed.append(frozenset(found))
    seconds = time.perf_counter() - start
    claimed = np.array([code is not None for code in codes])
    status = np.where(claimed, "match", "none")
    return Claims(status, claimed, codes, allowed, claimed.astype(float), seconds)


def summary(data: Labelled, claims: Claims) -> dict[str, float]:
    known = np.array([bool(truth) for truth in data.truth])
    pairs = list(zip(claims.codes, claims.allowed, data.truth, strict=True))
    right = np.array([code in truth for code, _, truth in pairs]) & known
    inside = np.array([bool(truth & allowed) for _, allowed, truth in pairs]) & known
    in_tie = inside & (claims.fine | (claims.status == "tie"))
    wrong = (claims.status == "match") & claims.fine & ~right & known
    n = max(1, int(known.sum()))
    return {
        "rows": len(data.addresses),
        "placed (match or tie), %": 100 * float((claims.status != "none").mean()),
        "commune or better, %": 100 * float((claims.fine & (claims.status != "none")).mean()),
        "right commune, %": 100 * right.sum() / n,
        "truth inside the answer or its tie, %": 100 * in_tie.sum() / n,
        "truth inside, runners-up of a district too, %": 100 * inside.sum() / n,
        "confidently wrong, %": 100 * wrong.sum() / n,
        "rows per second": len(data.addresses) / max(claims.seconds, 1e-9),
    }


def reliability(data: Labelled, claims: Claims) -> pd.DataFrame:
    pairs = zip(claims.allowed, data.truth, strict=True)
    right = np.array([bool(truth & allowed) for allowed, truth in pairs])
    use = np.array([bool(t) for t in data.truth]) & (claims.status != "none") & claims.fine
    table = pd.DataFrame({"score": claims.score[use], "right": right[use]})
    table["band"] = pd.cut(table["score"], list(BINS), right=False)
    return table.groupby("band", observed=True)["right"].agg(["size", "mean"])


def distances(data: Labelled, answers: pd.DataFrame) -> pd.DataFrame:
    away = distance_m(answers["geo_lon"], answers["geo_lat"], data.lon, data.lat)
    table = pd.DataFrame(
        {"level": answers["geo_level"], "away": away, "covered": away <= answers["geo_uncertainty_m"]}
    )
    grouped = table.dropna().groupby("level")
    return pd.DataFrame(
        {
            "rows": grouped.size(),
            "median m": grouped["away"].median().round(),
            "p95 m": grouped["away"].quantile(0.95).round(),
            "inside the radius, %": (100 * grouped["covered"].mean()).round(1),
        }
    )


def print_table(columns: dict[str, dict[str, float]]) -> None:
    names = list(columns)
    print(f"| measure | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
    for measure in next(iter(columns.values())):
        cells = [columns[name][measure] for name in names]
        shown = [f"{cell:,.0f}" if measure.startswith("row") else f"{cell:.1f}" for cell in cells]
        print(f"| {measure} | {' | '.join(shown)} |")


def print_kinds(count: int, seed: int, *, peer_too: bool) -> None:
    """Print one row for each kind of mistake, one mistake in each address."""
    geocoder = Geocoder.embedded(language="en")
    print(
        "| mistake | rows | inside, % | confidently wrong, % | score of 0.9 and more | right of these, % "
        "| none, % | peer inside, % |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for kind in KINDS_OF_MISTAKE:
        data = from_lists(corrupted_so(kind, count, seed))
        claims, _ = ours(geocoder, data)
        told = summary(data, claims)
        inside = np.array([bool(t & a) for t, a in zip(data.truth, claims.allowed, strict=True)])
        sure = (claims.score >= SURE) & claims.fine & (claims.status != "none")
        trusted = 100 * inside[sure].mean() if sure.any() else np.nan
        other = summary(data, peer(data))["truth inside the answer or its tie, %"] if peer_too else np.nan
        print(
            f"| {kind.replace('_', ' ')} | {len(data.addresses):,} "
            f"| {told['truth inside the answer or its tie, %']:.2f} | {told['confidently wrong, %']:.2f} "
            f"| {sure.sum():,} | {trusted:.2f} | {100 * (claims.status == 'none').mean():.2f} "
            f"| {other:.1f} |",
            flush=True,
        )


def print_failures(data: Labelled, claims: Claims, answers: pd.DataFrame, count: int) -> None:
    print("\n| address | answer | truth | reason given |\n|---|---|---|---|")
    shown = 0
    for i, (allowed, truth) in enumerate(zip(claims.allowed, data.truth, strict=True)):
        if shown < count and truth and not truth & allowed:
            row = answers.iloc[i]
            name = row["geo_name"] if isinstance(row["geo_name"], str) else "-"
            print(f"| {data.addresses[i]} | {name} | {', '.join(truth)} | {row['geo_reason']} |")
            shown += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", help="labelled CSV")
    parser.add_argument("--address-columns", help="a,b+c: parts joined by commas, + by a space")
    parser.add_argument("--units", type=Path, help="2025 outlines to take the truth from")
    parser.add_argument("--corrupted", type=int, help="mistakes per address, instead of a file")
    parser.add_argument("--each-kind", type=int, help="so many addresses for each kind of mistake by itself")
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=int, default=0, help="how many failures to show")
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    if given.each_kind:
        print_kinds(given.each_kind, given.seed, peer_too=not given.no_peer)
        return
    if given.corrupted is None and given.file is None:
        parser.error("name a labelled file, --corrupted N or --each-kind N")
    data = (
        labelled(given.file, given.address_columns, given.units)
        if given.corrupted is None
        else from_lists(corrupted(given.corrupted, given.count, given.seed))
    )
    start = time.perf_counter()
    geocoder = Geocoder.embedded(language="en")
    print(f"cold start {time.perf_counter() - start:.2f} s\n")
    claims, answers = ours(geocoder, data)
    columns = {"geozone": summary(data, claims)}
    if not given.no_peer:
        columns["vietnamadminunits"] = summary(data, peer(data))
    print_table(columns)
    print("\nReliability of scores, communes and their ties\n")
    print(reliability(data, claims).to_string())
    if np.isfinite(data.lon).any():
        print("\nDistance from the point given\n")
        print(distances(data, answers).to_string())
    if given.failures:
        print_failures(data, claims, answers, given.failures)


if __name__ == "__main__":
    main()
