"""Measure addresses per second, cold start and memory, beside vietnamadminunits in the same run.

python benchmarks/geocode/speed.py --count 100000
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from typing import NamedTuple

from corrupt import corrupted, official_parts
from vietnamadminunits import ParseMode, parse_address

import geozone
from geozone.geocoding import Geocoder

STREETS = ("Lê Lợi", "Trần Hưng Đạo", "Nguyễn Trãi", "Quang Trung", "Hùng Vương", "Lý Thường Kiệt")


def well_formed(count: int, seed: int) -> list[str]:
    """Distinct addresses of both editions, with house numbers and streets."""
    rng = random.Random(seed)
    tails = [", ".join(part for part in parts[1:4] if part) for _, _, parts in official_parts()]
    return [f"{number} {rng.choice(STREETS)}, {rng.choice(tails)}" for number in range(count)]


class Rate(NamedTuple):
    """Addresses per second."""

    wall: float
    cpu: float


def rate(geocoder: Geocoder, addresses: list[str]) -> Rate:
    """One process."""
    wall, cpu = time.perf_counter(), time.process_time()
    answers = geocoder.geocode(addresses)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if len(answers) != len(addresses):
        raise SystemExit("a row was dropped")
    return Rate(len(addresses) / wall, len(addresses) / cpu)


def rate_of_several(geocoder: Geocoder, addresses: list[str], workers: int) -> float:
    """Wall rate of several processes, their start included."""
    start = time.perf_counter()
    answers = geozone.geocode(addresses, geocoder=geocoder, workers=workers)
    if len(answers) != len(addresses):
        raise SystemExit("a row was dropped")
    return len(addresses) / (time.perf_counter() - start)


def peer_rate(addresses: list[str]) -> Rate:
    wall, cpu = time.perf_counter(), time.process_time()
    for address in addresses:
        if not parse_address(address, mode=ParseMode.LEGACY).ward_code:
            parse_address(address, mode=ParseMode.FROM_2025)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Rate(len(addresses) / wall, len(addresses) / cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--corrupted", type=int, default=60_000)
    parser.add_argument("--peer", type=int, default=2_000, help="addresses for the peer")
    parser.add_argument("--workers", type=int, default=2, help="processes of the rates of several")
    given = parser.parse_args()
    start, cpu = time.perf_counter(), time.process_time()
    geocoder = Geocoder.embedded()
    geocoder.geocode(["Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"])
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"first answer once imported: {wall:.2f} s, {cpu:.2f} s of CPU")
    print(f"the whole process until then: {time.process_time():.2f} s of CPU\n")
    sets = [("well formed", well_formed(given.count, 1))] + [
        (f"{mistakes} mistakes", corrupted(mistakes, given.corrupted, 5)["address"].tolist())
        for mistakes in (1, 3)
    ]
    print(
        f"| addresses | distinct | per CPU second | per second | {given.workers} processes "
        "| peer, per CPU second | ratio |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, addresses in sets:
        alone = rate(geocoder, addresses)
        several = rate_of_several(geocoder, addresses, given.workers)
        other = peer_rate(addresses[: given.peer])
        print(
            f"| {name} | {len(set(addresses)):,} | {alone.cpu:,.0f} | {alone.wall:,.0f} | {several:,.0f} "
            f"| {other.cpu:,.0f} | {alone.cpu / other.cpu:.1f} |"
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process, the peer's tables included: {peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()
