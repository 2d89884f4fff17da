"""Measure addresses per second, cold start and memory, beside vietnamadminunits in the same run.

python benchmarks/geocode/speed.py --count 100000
"""

from __future__ import annotations

import argparse
import random
import resource
import time

from corrupt import corrupted, official_parts
from vietnamadminunits import ParseMode, parse_address

from geozone.geocoding import Geocoder

STREETS = ("Lê Lợi", "Trần Hưng Đạo", "Nguyễn Trãi", "Quang Trung", "Hùng Vương", "Lý Thường Kiệt")


def well_formed(count: int, seed: int) -> list[str]:
    """Distinct addresses of both editions, with house numbers and streets."""
    rng = random.Random(seed)
    tails = [", ".join(part for part in parts[1:4] if part) for _, _, parts in official_parts()]
    return [f"{number} {rng.choice(STREETS)}, {rng.choice(tails)}" for number in range(count)]


def rate(geocoder: Geocoder, addresses: list[str]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    answers = geocoder.geocode(addresses)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if len(answers) != len(addresses):
        raise SystemExit("a row was dropped")
    return len(addresses) / wall, len(addresses) / cpu


def peer_rate(addresses: list[str]) -> float:
    start = time.perf_counter()
    for address in addresses:
        if not parse_address(address, mode=ParseMode.LEGACY).ward_code:
            parse_address(address, mode=ParseMode.FROM_2025)
    return len(addresses) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--corrupted", type=int, default=10_000)
    parser.add_argument("--peer", type=int, default=2_000, help="addresses for the peer")
    given = parser.parse_args()
    start = time.perf_counter()
    geocoder = Geocoder.embedded()
    geocoder.geocode(["Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"])
    print(f"cold start and first answer: {time.perf_counter() - start:.2f} s")
    clean = well_formed(given.count, 1)
    sets = [("well formed", clean)] + [
        (f"{mistakes} mistakes", corrupted(mistakes, given.corrupted, 5)["address"].tolist())
        for mistakes in (1, 3)
    ]
    print("| addresses | distinct | geozone /s | per CPU second | peer /s | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, addresses in sets:
        wall, cpu = rate(geocoder, addresses)
        other = peer_rate(addresses[: given.peer])
        distinct = len(set(addresses))
        print(f"| {name} | {distinct:,} | {wall:,.0f} | {cpu:,.0f} | {other:,.0f} | {wall / other:.1f} |")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process, the peer's tables included: {peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()
