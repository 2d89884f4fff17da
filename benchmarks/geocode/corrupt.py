"""Turn the official lists into addresses as people type them: seeded, with the truth beside each.

python benchmarks/geocode/corrupt.py --mistakes 1 --count 20000 --seed 1 --out corrupted.csv
"""

from __future__ import annotations

import argparse
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from geozone.admin import load_units
from geozone.types import Edition


class Parts(NamedTuple):
    """An address before it is joined: the most precise part first."""

    front: str
    commune: str
    district: str
    province: str


KEYS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "x": "zc", "y": "tu",
}  # fmt: skip
KINDS = {
    "Phường": ("P.", "P", "Ph.", "F."), "Xã": ("X.", "xã"), "Thị trấn": ("TT.", "TT", "Tt."),
    "Quận": ("Q.", "Q", "quan"), "Huyện": ("H.", "H", "huyen"), "Thị xã": ("TX.", "TX", "Tx."),
    "Thành phố": ("TP.", "TP", "Tp.", "T.P"), "Tỉnh": ("T.", "tinh", "Tỉnh"),
}  # fmt: skip
STREETS = ("Lê Lợi", "Trần Hưng Đạo", "Nguyễn Trãi", "Quang Trung", "Hùng Vương", "Lý Thường Kiệt")
NOISE = ("(gần chợ)", "đối diện trường học", "SĐT 0912345678", "nhà cô Hoa", "cạnh UBND")
TELEX_TONE = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
VNI_TONE = {"\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
VNI = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"}


def without_accents(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def _bare(name: str) -> tuple[str, str]:
    for kind in KINDS:
        if name.startswith(kind + " "):
            return kind + " ", name[len(kind) + 1 :]
    return "", name


def _in_name(parts: Parts, rng: random.Random, change: Callable[[str], str]) -> Parts:
    """Change the name of the commune, or now and then of the district or province."""
    names = ["commune"] * 6 + (["district"] * 2 if parts.district else []) + ["province"]
    part = rng.choice(names)
    kind, name = _bare(getattr(parts, part))
    return parts._replace(**{part: kind + change(name)})


def _letters(name: str) -> list[int]:
    return [i for i, char in enumerate(name) if char.isalpha()]


def drop_letter(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = _letters(name)
        if len(at) < 4:
            return name
        i = rng.choice(at)
        return name[:i] + name[i + 1 :]

    return _in_name(parts, rng, change)


def swap_letters(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = [i for i in _letters(name) if i + 1 < len(name) and name[i + 1].isalpha()]
        if len(_letters(name)) < 4 or not at:
            return name
        i = rng.choice(at)
        return name[:i] + name[i + 1] + name[i] + name[i + 2 :]

    return _in_name(parts, rng, change)


def wrong_key(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = [i for i in _letters(name) if without_accents(name[i]).lower() in KEYS]
        if len(_letters(name)) < 4 or not at:
            return name
        i = rng.choice(at)
        return name[:i] + rng.choice(KEYS[without_accents(name[i]).lower()]) + name[i + 1 :]

    return _in_name(parts, rng, change)


def double_letter(parts: Parts, rng: random.Random) -> Parts:
    def change(name: str) -> str:
        at = _letters(name)
        if not at:
            return name
        i = rng.choice(at)
        return name[:i] + name[i] + name[i:]

    return _in_name(parts, rng, change)


def drop_accents_of_one(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, without_accents)


def drop_accents(parts: Parts, rng: random.Random) -> Parts:
    return Parts(*(without_accents(part) for part in parts))


def abbreviate(parts: Parts, rng: random.Random) -> Parts:
    def short(part: str) -> str:
        kind, name = _bare(part)
        return part if not kind else f"{rng.choice(KINDS[kind.strip()])} {name}"

    return Parts(parts.front, *(short(part) for part in parts[1:]))


def drop_kinds(parts: Parts, rng: random.Random) -> Parts:
    """Leave out the kinds, except where only a number would be left."""

    def bare(part: str) -> str:
        _, name = _bare(part)
        return part if name.isdigit() else name

    return Parts(parts.front, *(bare(part) for part in parts[1:]))


def _typed(text: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    words = []
    for word in text.split():
        tone, out = "", []
        for char in unicodedata.normalize("NFD", word):
            if char in tones:
                tone = tones[char]
            elif unicodedata.combining(char) and out:
                out[-1] = unicodedata.normalize("NFC", out[-1] + char)
            else:
                out.append(char)
        words.append("".join(letters.get(c.lower(), c) for c in out) + tone)
    return " ".join(words)


def telex(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, lambda name: _typed(name, TELEX, TELEX_TONE))


def vni(parts: Parts, rng: random.Random) -> Parts:
    return _in_name(parts, rng, lambda name: _typed(name, VNI, VNI_TONE))


def drop_district(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(district="")


def drop_province(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(province="") if parts.district else parts


def add_front(parts: Parts, rng: random.Random) -> Parts:
    alley = f" ngõ {rng.randint(2, 300)}" if rng.random() < 0.4 else ""
    return parts._replace(front=f"{rng.randint(1, 400)}{alley} {rng.choice(STREETS)}")


def add_noise(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(front=f"{parts.front} {rng.choice(NOISE)}".strip())


def repeat_tail(parts: Parts, rng: random.Random) -> Parts:
    return parts._replace(province=f"{parts.province}, {parts.province}" if parts.province else "")


TYPING = (drop_letter, swap_letters, wrong_key, double_letter)
HABITS = (
    drop_accents_of_one, drop_accents, abbreviate, drop_kinds, telex, vni, add_front, add_noise, repeat_tail,
)  # fmt: skip
MISSING = (drop_district, drop_province)
JOINS = ("commas", "no commas", "hyphens", "reversed", "upper case", "decomposed")


def _join(parts: Parts, how: str) -> str:
    given = [part for part in parts if part]
    if how == "reversed":
        given.reverse()
    text = {"no commas": " ", "hyphens": " - "}.get(how, ", ").join(given)
    if how == "upper case":
        return text.upper()
    return unicodedata.normalize("NFD", text) if how == "decomposed" else text


def corrupt(
    parts: Parts, mistakes: int, rng: random.Random, *, missing: bool = False
) -> tuple[str, list[str]]:
    """Make that many mistakes, no two the same; return the address and what was done to it."""
    kinds: list[object] = [*TYPING, *HABITS, *JOINS[1:], *(MISSING if missing else ())]
    done: list[str] = []
    joined = "commas"
    for choice in rng.sample(kinds, len(kinds)):
        if len(done) == mistakes:
            break
        if isinstance(choice, str):
            if joined == "commas":
                joined = choice
                done.append(choice)
        elif choice in TYPING and any(typing.__name__ in done for typing in TYPING):
            continue
        else:
            changed = choice(parts, rng)  # type: ignore[operator]
            if changed != parts:
                parts = changed
                done.append(choice.__name__)  # type: ignore[attr-defined]
    return _join(parts, joined), done


def official_parts() -> pd.DataFrame:
    """List the communes of both editions as parts of an address."""
    rows = []
    for edition in (Edition.E2021, Edition.E2025):
        for row in load_units(edition).communes.itertuples():
            district = row.district_name if isinstance(row.district_name, str) else ""
            if edition is Edition.E2021 and row.kind not in {"phường", "xã", "thị trấn"}:
                continue
            rows.append((edition.value, row.code, row.full_name, district, row.province_name))
    return pd.DataFrame(rows, columns=["edition", "code", "commune", "district", "province"])


def corrupted(mistakes: int, count: int, seed: int, *, missing: bool = False) -> pd.DataFrame:
    """Draw communes of both editions and corrupt their addresses."""
    rng = random.Random(seed)
    official = official_parts()
    rows = []
    for position in rng.choices(range(len(official)), k=count):
        row = official.iloc[position]
        parts = Parts("", row["commune"], row["district"], row["province"])
        address, done = corrupt(parts, mistakes, rng, missing=missing)
        rows.append((address, row["edition"], row["code"], "+".join(done)))
    return pd.DataFrame(rows, columns=["address", "edition", "code", "mistakes"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mistakes", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="also leave out districts and provinces")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    table = corrupted(given.mistakes, given.count, given.seed, missing=given.missing)
    table.to_csv(given.out, index=False)
    print(f"{len(table)} addresses written to {given.out.name}")


if __name__ == "__main__":
    main()
