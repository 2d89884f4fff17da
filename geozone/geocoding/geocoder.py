"""The geocoder: addresses in, one answer each out, same number and order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geocoding.answer_rows import Answer, answer_table
from geozone.geocoding.answers import LEAST_SCORE, Answerer
from geozone.geocoding.contexts import UNKNOWN, contexts_of
from geozone.geocoding.exact import ExactReader
from geozone.geocoding.extents import build_extents
from geozone.geocoding.gathering import build_lexicon
from geozone.geocoding.mentions import NO_MENTION
from geozone.geocoding.neighbours import Neighbours
from geozone.geocoding.normalise import MAX_CHARACTERS, Text, tokenise
from geozone.geocoding.rank import Context, Reading
from geozone.geocoding.reader import Reader
from geozone.geocoding.reasons import Language, say
from geozone.geocoding.taught import TaughtAliases
from geozone.geocoding.ward_changes import add_ward_changes
from geozone.index import UnitIndex
from geozone.types import AdminLevel, Edition, MatchLevel, Progress, no_progress

if TYPE_CHECKING:
    import geopandas as gpd

    from geozone.geocoding.street import Pinpointer
    from geozone.places import Gazetteer

__all__ = ["Geocoder"]

_REPORT_EVERY: Final = 2_000
_MOST_TAILS: Final = 100_000
_NO_TEXT: Final = Text(("",), ("",), ("",), (2,), accented=False)
"""Stands for a text whose words need no quoting."""

Address = str | float | None


class Geocoder:
    """Finds the commune of an address, offline, in both editions.

    Parameters
    ----------
    units_2025, units_2021 : GeoDataFrame
        Communes of each edition (`UNITS`, with ``geometry``), EPSG:4326.
    crosswalk : DataFrame
        Old to new communes (`CROSSWALK`).
    aliases_2025, aliases_2021 : DataFrame, optional
        ``code, alias``: other and former names of communes.
    taught : DataFrame, optional
        ``alias, code`` (and ``edition``): phrases that reviewers settled; they win over everything.
    ward_changes : DataFrame, optional
        `WARD_CHANGES`: an official record of communes merged, divided or renamed before 2025.
    language : {"vi", "en"}
        Language of ``geo_reason``.
    gazetteer : Gazetteer, optional
        Streets, house numbers and hamlets: answers are as near as they allow.
    """

    def __init__(
        self,
        units_2025: gpd.GeoDataFrame,
        units_2021: gpd.GeoDataFrame,
        crosswalk: pd.DataFrame,
        *,
        aliases_2025: pd.DataFrame | None = None,
        aliases_2021: pd.DataFrame | None = None,
        taught: pd.DataFrame | None = None,
        ward_changes: pd.DataFrame | None = None,
        language: Language = "vi",
        gazetteer: Gazetteer | None = None,
    ) -> None:
        pairs = ((Edition.E2025, aliases_2025), (Edition.E2021, aliases_2021))
        aliases = [(edition, table) for edition, table in pairs if table is not None]
        self.language: Language = language
        self.codes_2025: tuple[str, ...] = tuple(units_2025["code"])
        self._communes = units_2025
        self._geometries = units_2025.geometry.to_numpy()
        self._lexicon = build_lexicon(units_2025, units_2021, crosswalk, aliases)
        if ward_changes is not None:
            add_ward_changes(self._lexicon, ward_changes)
        self._extents = build_extents(self._lexicon, units_2025, units_2021)
        self._reader = Reader(self._lexicon, self._extents.touches)
        self._taught = TaughtAliases(
            self._lexicon, pd.DataFrame({"alias": [], "code": []}) if taught is None else taught
        )
        self._exact = ExactReader(self._lexicon)
        self.long_reads = 0
        """Addresses that were read the long way so far: what a batch costs."""
        self._recipe: Callable[[], Geocoder] = partial(
            Geocoder,
            units_2025,
            units_2021,
            crosswalk,
            aliases_2025=aliases_2025,
            aliases_2021=aliases_2021,
            taught=taught,
            ward_changes=ward_changes,
            language=language,
        )
        self._kept: dict[int, Answer] = {}
        self._tails: dict[str, Answer] = {}
        neighbours = Neighbours(self._lexicon, units_2025, units_2021)
        self._answerer = Answerer(self._lexicon, self._extents, neighbours, language)
        self._pinpointer: Pinpointer | None = None
        self._equip(gazetteer)

    @classmethod
    def embedded(
        cls,
        *,
        ward_changes: pd.DataFrame | None = None,
        language: Language = "vi",
        gazetteer: Gazetteer | None = None,
    ) -> Geocoder:
        """Build a geocoder from the units kept in the package.

        Parameters
        ----------
        ward_changes : DataFrame, optional
            `WARD_CHANGES`: an official record of communes merged, divided or renamed before 2025.
        language : {"vi", "en"}
            Language of ``geo_reason``.
        gazetteer : Gazetteer, optional
            Streets, house numbers and hamlets.

        Returns
        -------
        Geocoder
            Over the approximate embedded outlines of both editions.
        """
        from geozone.admin import load_crosswalk, load_names, load_units  # noqa: PLC0415 - slow to load

        made = cls(
            load_units(Edition.E2025).communes,
            load_units(Edition.E2021).communes,
            load_crosswalk(),
            aliases_2025=load_names(Edition.E2025),
            aliases_2021=load_names(Edition.E2021),
            ward_changes=ward_changes,
            language=language,
        )
        made._recipe = partial(cls.embedded, ward_changes=ward_changes, language=language)
        made._equip(gazetteer)
        return made

    def __reduce__(self) -> tuple[Callable[[], Geocoder], tuple[()]]:
        """Travel to another process as what it is made of, and be built anew there."""
        return self._recipe, ()

    def with_gazetteer(self, gazetteer: Gazetteer) -> Geocoder:
        """Give the same geocoder with another gazetteer; what does not depend on it is shared.

        Parameters
        ----------
        gazetteer : Gazetteer
            Streets, house numbers and hamlets.

        Returns
        -------
        Geocoder
            This one is as it was.
        """
        other = copy(self)
        other._equip(gazetteer)
        return other

    def _equip(self, gazetteer: Gazetteer | None) -> None:
        if gazetteer is None:
            return
        from geozone.geocoding.street import Ground, Pinpointer  # noqa: PLC0415 - slow to load

        ground = Ground(self._communes, self._index)
        self._pinpointer = Pinpointer(gazetteer, ground, self._lexicon, self._answerer, self.language)
        self._recipe = partial(_equipped, self._recipe, gazetteer)

    @cached_property
    def _index(self) -> UnitIndex:
        return UnitIndex(self._geometries)

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Find the 2025 commune that holds each point.

        Parameters
        ----------
        lon, lat : array_like
            Points, degrees; missing ones are in no commune.

        Returns
        -------
        ndarray of int64
            Position in ``codes_2025``; -1 for none.
        """
        return self._index.locate(lon, lat)

    def only_predecessor(self, code: str) -> str | None:
        """Give the 2021 commune of a 2025 commune that was made of one only.

        Parameters
        ----------
        code : str
            Code of a 2025 commune.

        Returns
        -------
        str or None
            Code of the 2021 commune; none where there were several.
        """
        olds = self._lexicon.predecessors.get(self._commune(code), ())
        return self._lexicon.units[olds[0]].code if len(olds) == 1 else None

    def full_name_2025(self, code: str) -> str:
        """Give the readable name of a 2025 commune with its province.

        Parameters
        ----------
        code : str
            Code of a 2025 commune.

        Returns
        -------
        str
            ``Phường Ba Đình, Thành phố Hà Nội``.
        """
        return self._answerer.full_name(self._commune(code))

    def _commune(self, code: str) -> int:
        return self._lexicon.by_code[(Edition.E2025, AdminLevel.COMMUNE, code)]

    def geocode(
        self,
        addresses: Iterable[Address],
        *,
        dates: Iterable[object] | None = None,
        edition: Edition | None = None,
        progress: Progress = no_progress,
    ) -> pd.DataFrame:
        """Geocode addresses.

        Parameters
        ----------
        addresses : iterable of str or None
            Addresses as written; anything else than a text counts as no address.
        dates : iterable of date-like, optional
            Day of each case: tells the edition where the text does not.
        edition : Edition, optional
            Edition the addresses are written in, where it is known.
        progress : callable
            Told how many distinct addresses are done.

        Returns
        -------
        DataFrame
            `GEOCODES`, one row per address in the same order, index 0 to n - 1.
        """
        texts = [address if isinstance(address, str) else "" for address in addresses]
        contexts = contexts_of(len(texts), dates, edition)
        keys = list(zip(texts, contexts, strict=True))
        distinct = list(dict.fromkeys(keys))
        answers = self.solve(distinct, progress=progress)
        place = {key: i for i, key in enumerate(distinct)}
        return answer_table(answers, [place[key] for key in keys])

    def solve(self, keys: Sequence[tuple[str, Context]], *, progress: Progress = no_progress) -> list[Answer]:
        """Answer addresses one by one.

        Parameters
        ----------
        keys : sequence of (str, Context)
            Addresses, and what else is known of each.
        progress : callable
            Told how many are done.

        Returns
        -------
        list of Answer
            In the same order.
        """
        answers: list[Answer] = []
        with _collector_at_rest():
            for done, (text, context) in enumerate(keys):
                if done % _REPORT_EVERY == 0:
                    progress("geocode", done, len(keys))
                answers.append(self._solve(text, context))
        progress("geocode", len(keys), len(keys))
        return answers

    def _solve(self, address: str, context: Context) -> Answer:
        address = address[:MAX_CHARACTERS]
        if len(self._taught):
            settled = self._taught.find(tokenise(address))
            if settled is not None:
                return self._finer_than_taught(address, context, settled)
        if self._pinpointer is not None:
            self.long_reads += 1
            text, readings = self._reader.read(address, context)
            base = self._answerer.answer(readings, text)
            return self._pinpointer.refine(address, text, readings, base)
        if context == UNKNOWN:
            known = self._exact.read(address)
            if isinstance(known, int):
                return self._official_answer(known)
            if known is not None:
                return self._tail_answer(known)
        return self._read(address, context)

    def _tail_answer(self, tail: str) -> Answer:
        """Answer by the last parts of an address, once for all that end so."""
        answer = self._tails.get(tail)
        if answer is None:
            if len(self._tails) > _MOST_TAILS:
                self._tails.clear()
            answer = self._tails[tail] = self._read(tail, UNKNOWN)
        return answer

    def _read(self, address: str, context: Context) -> Answer:
        """Read an address the long way."""
        self.long_reads += 1
        text, readings = self._reader.read(address, context)
        return self._answerer.answer(readings, text)

    def _official_answer(self, unit: int) -> Answer:
        """Answer for a commune named in full, once for every commune."""
        answer = self._kept.get(unit)
        if answer is None:
            answer = self._kept[unit] = self._answerer.decide([(self._reader.official(unit), 1.0)], _NO_TEXT)
        return answer

    def _finer_than_taught(self, address: str, context: Context, unit: int) -> Answer:
        """Answer as reviewers decided, as near as the gazetteer allows within the commune decided."""
        answer = self._taught_answer(unit)
        if self._pinpointer is None:
            return answer
        text, readings = self._reader.read(address, context)
        nothing = Reading(LEAST_SCORE, unit, NO_MENTION._replace(end=0), None, None, ())
        decided = (readings[0] if readings else nothing)._replace(unit=unit, notes=())
        decided = decided._replace(score=max(decided.score, LEAST_SCORE))
        near = self._pinpointer.refine(address, text, [decided], answer)
        finer = MatchLevel(near.geo_level).rank < MatchLevel(answer.geo_level).rank
        if not finer or near.geo_commune_code is None or near.geo_commune_code != answer.geo_commune_code:
            return answer
        return near._replace(geo_reason=f"{say('taught', self.language)}; {near.geo_reason}")

    def _taught_answer(self, unit: int) -> Answer:
        """Answer as reviewers decided."""
        answer = self._official_answer(unit)
        reason = f"{say('taught', self.language)}; {answer.geo_reason}"
        return answer._replace(geo_reason=reason)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Leave cyclic garbage for later: reading makes none, and looking for it costs a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _equipped(make: Callable[[], Geocoder], gazetteer: Gazetteer) -> Geocoder:
    return make().with_gazetteer(gazetteer)
