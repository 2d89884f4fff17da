"""Turn the official lists into addresses as people type them: seeded, with the truth beside each.

python benchmarks/geocode/corrupt.py --mistakes 1 --count 300000 --seed 1 --out corrupted.csv
python benchmarks/geocode/corrupt.py --kind telex --count 20000 --out telex.csv
"""

from __future__ import annotations

import argparse
import random
from functools import cache
from pathlib import Path

import pandas as pd
from mistakes import HABITS, JOINS, MISSING, SPOILING, TYPING, Parts, joined

from geozone.admin import load_crosswalk, load_units
from geozone.types import Edition

CHANGES = {change.__name__: change for change in (*TYPING, *HABITS, *MISSING)}
KINDS_OF_MISTAKE = (*CHANGES, *JOINS)


def corrupt(
    parts: Parts, mistakes: int, rng: random.Random, *, missing: bool = False
) -> tuple[str, list[str]]:
    """Make that many mistakes, no two the same; return the address and what was done to it."""
    kinds = [*TYPING, *HABITS, *JOINS, *(MISSING if missing else ())]
    done: list[str] = []
    for choice in rng.sample(kinds, len(kinds)):
        if len(done) == mistakes:
            break
        if isinstance(choice, str):
            if parts.order == "commas":
                parts = parts._replace(order=choice)
                done.append(choice)
            continue
        name = choice.__name__
        if choice in TYPING and any(typing.__name__ in done for typing in TYPING):
            continue
        if name in SPOILING and not SPOILING.isdisjoint(done):
            continue
        changed = choice(parts, rng)
        if changed != parts:
            parts = changed
            done.append(name)
    return joined(parts, rng), done


def corrupt_so(parts: Parts, kind: str, rng: random.Random) -> str | None:
    """Make one mistake of a kind; none where it changes nothing."""
    if kind in CHANGES:
        changed = CHANGES[kind](parts, rng)
        return None if changed == parts else joined(changed, rng)
    return joined(parts._replace(order=kind), rng)


@cache
def official_parts() -> tuple[tuple[str, str, Parts], ...]:
    """List the communes of both editions: edition, code, and the parts of the address."""
    old, new = (load_units(edition).communes for edition in (Edition.E2021, Edition.E2025))
    walk = load_crosswalk()
    old_rows = {row.code: row for row in old.itertuples()}
    new_rows = {row.code: row for row in new.itertuples()}
    onward = walk.groupby("code_2021")["code_2025"].agg(list).to_dict()
    backward = walk.groupby("code_2025")["code_2021"].agg(list).to_dict()
    rows = []
    for row in old.itertuples():
        if row.kind not in {"phường", "xã", "thị trấn"}:
            continue
        now = [new_rows[code] for code in onward.get(row.code, ())]
        provinces = {other.province_name for other in now} - {row.province_name}
        parts = Parts(
            "", row.full_name, row.district_name, row.province_name,
            now[0].full_name if len(now) == 1 else "", "", _only(provinces),
        )  # fmt: skip
        rows.append(("2021", row.code, parts))
    for row in new.itertuples():
        before = [old_rows[code] for code in backward.get(row.code, ())]
        provinces = {other.province_name for other in before}
        districts = {other.district_name for other in before if isinstance(other.district_name, str)}
        parts = Parts(
            "", row.full_name, "", row.province_name, before[0].full_name if before else "", _only(districts),
            _only(provinces) if _only(provinces) != row.province_name else "",
        )  # fmt: skip
        rows.append(("2025", row.code, parts))
    return tuple(rows)


def _only(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""


def corrupted(mistakes: int, count: int, seed: int, *, missing: bool = False) -> pd.DataFrame:
    """Draw communes of both editions and corrupt their addresses."""
    rng = random.Random(seed)
    rows = []
    for edition, code, parts in rng.choices(official_parts(), k=count):
        address, done = corrupt(parts, mistakes, rng, missing=missing)
        rows.append((address, edition, code, "+".join(done)))
    return pd.DataFrame(rows, columns=["address", "edition", "code", "mistakes"])


def corrupted_so(kind: str, count: int, seed: int) -> pd.DataFrame:
    """Draw communes of both editions and make the one mistake of a kind in the address of each."""
    rng = random.Random(f"{kind} {seed}")
    rows: list[tuple[str, str, str, str]] = []
    for _ in range(20):
        for edition, code, parts in rng.choices(official_parts(), k=count - len(rows)):
            address = corrupt_so(parts, kind, rng)
            if address is not None:
                rows.append((address, edition, code, kind))
    return pd.DataFrame(rows, columns=["address", "edition", "code", "mistakes"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mistakes", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS_OF_MISTAKE, help="only this mistake, one per address")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="also leave out districts and provinces")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.kind:
        table = corrupted_so(given.kind, given.count, given.seed)
    else:
        table = corrupted(given.mistakes, given.count, given.seed, missing=given.missing)
    table.to_csv(given.out, index=False)
    print(f"{len(table)} addresses written to {given.out.name}")


if __name__ == "__main__":
    main()
