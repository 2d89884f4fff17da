"""Communes by name: accents optional, former names lead to the commune of today."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process

from geozone.api.open_release import OpenRelease
from geozone.types import Edition

__all__ = ["FormerName", "NameIndex", "NameIndexes", "fold", "load_former_names", "without_telex"]

_KINDS = re.compile(r"^(?:phuong|xa|thi tran|dac khu)\s+(?=\S)")
_SHORT = re.compile(r"\b(?:(p|x|tt|q|h|tx|tp)\.\s*|(p|tt|q|tx|tp)\s+)(?=\S)")
_LONG = {
    "p": "phuong ",
    "x": "xa ",
    "tt": "thi tran ",
    "q": "quan ",
    "h": "huyen ",
    "tx": "thi xa ",
    "tp": "thanh pho ",
}
_FUZZY_SCORE = 82.0
_HELD = 4


class FormerName(NamedTuple):
    """A name that a commune, or a part of it, once had.

    Attributes
    ----------
    code : str
        Commune of today.
    name : str
        The former name, with its kind and what it lay in; empty for a spelling that only searches need.
    short : str
        The name alone.
    share : float
        Part of the old unit that went to this commune.
    """

    code: str
    name: str
    short: str
    share: float


class _Entry(NamedTuple):
    padded: str
    body: str
    code: str
    weight: float

    @classmethod
    def of(cls, name: str, code: str, weight: float) -> _Entry:
        folded = fold(name)
        return cls(f" {folded} ", _KINDS.sub("", folded) + " ", code, weight)


def fold(text: str) -> str:
    """Fold a name for comparison: no accents, đ as d, lower case, kinds in full, single spaces.

    Parameters
    ----------
    text : str
        A name as written.

    Returns
    -------
    str
        The folded name.
    """
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _SHORT.sub(lambda found: _LONG[found[1] or found[2]], plain)
    return " ".join(re.sub(r"[^\w\s]|_", " ", plain).split())


def _solid(text: str) -> str:
    return fold(text).replace(" ", "")


def without_telex(folded: str) -> str:
    """Take the key strokes of Telex out of a name typed without an input method: ``haf nooij``.

    Parameters
    ----------
    folded : str
        Folded name.

    Returns
    -------
    str
        The name that was meant.
    """
    plain = re.sub(r"(?<=[aou])w", "", folded)
    plain = re.sub(r"aa|ee|oo|dd", lambda pair: pair[0][0], plain)
    plain = re.sub(r"(?<=[aeiouy])[sfrxj]", "", plain)
    return re.sub(r"(?<=[aeiouy])(n|ng|nh|m|c|ch|t|p)[sfrxj]\b", r"\1", plain)


def load_former_names() -> list[FormerName]:
    """Read the names of the 2021 edition and the historical ones kept in the package.

    Returns
    -------
    list of FormerName
        Every name, at the commune that holds the unit today.
    """
    from geozone.admin import load_crosswalk, load_names, load_units  # noqa: PLC0415 - slow, not for a start

    old = load_units(Edition.E2021).communes
    moved = load_crosswalk().merge(old, left_on="code_2021", right_on="code", how="inner")
    names = [
        FormerName(code, f"{full_name} ({district}, {province})", name, share)
        for code, full_name, district, province, name, share in zip(
            moved["code_2025"],
            moved["full_name"],
            moved["district_name"].fillna(""),
            moved["province_name"],
            moved["name"],
            moved["share"],
            strict=True,
        )
    ]
    aliases = load_names(Edition.E2025)
    names += [
        FormerName(code, "", alias, 1.0)
        for code, alias in zip(aliases["code"], aliases["alias"], strict=True)
    ]
    return names


class NameIndex:
    """Names of the communes of one release.

    Parameters
    ----------
    communes : DataFrame
        ``code, name, full_name, province_name``.
    former : list of FormerName
        Former names.
    edition : str
        Edition of the release.
    box : callable
        Box of a commune, by code.
    """

    def __init__(
        self,
        communes: pd.DataFrame,
        former: list[FormerName],
        *,
        edition: str,
        box: Callable[[str], list[float] | None],
    ) -> None:
        self._edition = edition
        self._box = box
        self._communes = {
            code: (name, full_name, province)
            for code, name, full_name, province in zip(
                communes["code"],
                communes["name"],
                communes["full_name"],
                communes["province_name"],
                strict=True,
            )
        }
        self._folded = {code: fold(name) for code, (name, _, _) in self._communes.items()}
        self._entries = [
            _Entry.of(f"{full_name} {province}", code, 1.0)
            for code, (_, full_name, province) in self._communes.items()
        ]
        self._former: dict[str, list[str]] = defaultdict(list)
        self._solid: dict[str, list[str]] = defaultdict(list)
        for code, (name, full_name, _) in self._communes.items():
            self._solid[_solid(name)].append(code)
            self._solid[_solid(full_name)].append(code)
        for old in former:
            known = self._communes.get(old.code)
            if known is not None and not old.name:
                self._solid[_solid(old.short)].append(old.code)
            elif known is not None and old.short != known[0]:
                self._add_former(old)

    def _add_former(self, old: FormerName) -> None:
        if old.name not in self._former[old.code]:
            self._former[old.code].append(old.name)
        self._entries.append(_Entry.of(old.name, old.code, 0.5 * old.share))

    def everything(self) -> list[dict[str, Any]]:
        """List every commune as a search finds it.

        Returns
        -------
        list of dict
            Communes, by code.
        """
        return [self._result(code) for code in sorted(self._communes)]

    def search(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Find communes.

        Parameters
        ----------
        text : str
            A name, part of one, with or without accents, current or former; or a code.
        limit : int
            Results at most.

        Returns
        -------
        list of dict
            Communes, best first.
        """
        return self.named(text, limit) or self.alike(text, limit)

    def named(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Find communes whose names hold what is typed: as `search`, without those that are only alike."""
        wanted = fold(text)
        if wanted in self._communes:
            return [self._result(wanted)]
        scores = (
            self._by_words(wanted)
            or dict.fromkeys(self._solid.get(_solid(wanted), []), 1.0)
            or self._by_words(without_telex(wanted))
        )
        return self._ranked(scores if wanted else {}, text, limit)

    def alike(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Find communes whose names are like what is typed, letter for letter."""
        return self._ranked(self._by_likeness(fold(text)), text, limit)

    def _ranked(self, scores: dict[str, float], text: str, limit: int) -> list[dict[str, Any]]:
        better = self._by_name(scores, text, fold(text))
        ranked = sorted(better, key=lambda code: (-better[code], self._communes[code][0], code))
        return [self._result(code) for code in ranked[:limit]]

    def _by_words(self, wanted: str) -> dict[str, float]:
        """Score names in which every word wanted begins a word; a whole name beats a beginning."""
        words = [f" {word}" for word in wanted.split()]
        bare = _KINDS.sub("", wanted)
        scores: dict[str, float] = {}
        for entry in self._entries:
            if not all(word in entry.padded for word in words):
                continue
            score = entry.weight + 1.5 * (f" {wanted} " in entry.padded)
            score += 3.0 * entry.body.startswith(bare) + 4.0 * entry.body.startswith(bare + " ")
            score += entry.padded.startswith(f" {wanted}")
            scores[entry.code] = max(score, scores.get(entry.code, 0.0))
        return scores

    def _by_name(self, scores: dict[str, float], text: str, wanted: str) -> dict[str, float]:
        """Put those first whose whole name is the one wanted, and before them those with its accents."""
        bare, accented = _KINDS.sub("", wanted), unicodedata.normalize("NFC", text).casefold()
        better = dict(scores)
        for code in scores:
            name = self._communes[code][0]
            if self._folded[code] == bare:
                better[code] += 8.0 + 2.0 * (name.casefold() in accented)
        return better

    def _by_likeness(self, wanted: str) -> dict[str, float]:
        if len(wanted) < 4:
            return {}
        found = process.extract(
            wanted,
            [entry.padded for entry in self._entries],
            scorer=fuzz.partial_ratio,
            score_cutoff=_FUZZY_SCORE,
            limit=200,
        )
        scores: dict[str, float] = {}
        for _, score, position in found:
            entry = self._entries[position]
            scores[entry.code] = max(score + entry.weight, scores.get(entry.code, 0.0))
        return scores

    def _result(self, code: str) -> dict[str, Any]:
        name, full_name, province = self._communes[code]
        return {
            "kind": "commune",
            "code": code,
            "name": name,
            "full_name": full_name,
            "commune_name": None,
            "province_name": province,
            "bbox": self._box(code),
            "edition": self._edition,
            "old_names": self._former.get(code, []),
        }


class NameIndexes:
    """One index for each release in use; former names are read once, when first needed.

    Parameters
    ----------
    former : callable
        Reads the former names.
    """

    def __init__(self, former: Callable[[], list[FormerName]]) -> None:
        self._load = former
        self._former: list[FormerName] | None = None
        self._held: OrderedDict[str, NameIndex] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, release: OpenRelease) -> NameIndex:
        """Find or make the index of a release.

        Parameters
        ----------
        release : OpenRelease
            The release.

        Returns
        -------
        NameIndex
            Its index.
        """
        with self._lock:
            found = self._held.get(release.digest)
            if found is None:
                if self._former is None:
                    self._former = self._load()
                found = self._held[release.digest] = self._make(release, self._former)
                while len(self._held) > _HELD:
                    self._held.popitem(last=False)
            return found

    def _make(self, release: OpenRelease, former: list[FormerName]) -> NameIndex:
        table = release.table("communes")

        def box(code: str) -> list[float] | None:
            row = table.row(code)
            return None if row is None else table.box(row)

        edition = str(release.manifest.get("edition"))
        return NameIndex(table.attributes, former if edition == "2025" else [], edition=edition, box=box)
