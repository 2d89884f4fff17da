"""The annex of a decision: every lockdown zone with its communes and hamlets, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pandas as pd

from geozone.levels.numbers import say_range
from geozone.maps.sheets.wording import wording
from geozone.maps.words import format_date, format_number

if TYPE_CHECKING:
    from geozone.maps.sheets.sheet import Published

__all__ = [
    "COLUMNS",
    "Annex",
    "AnnexLine",
    "Hamlet",
    "annex_of",
    "column_heads",
    "heading_lines",
    "line_texts",
]

COLUMNS = (
    "number",
    "commune",
    "province",
    "part",
    "hamlets",
    "certainty",
    "residents",
    "area",
    "cases",
    "opened_on",
    "lift_on",
    "zone_id",
)
"""Columns of the annex, as ``wording`` names them."""


class Hamlet(NamedTuple):
    """A hamlet, neighbourhood or block of a zone.

    Attributes
    ----------
    name : str
        Its name.
    whole : bool
        Whether all of it is in the zone.
    """

    name: str
    whole: bool


class AnnexLine(NamedTuple):
    """One commune of one zone.

    Attributes
    ----------
    number : int
        Number of the zone, from 1.
    first : bool
        Whether it is the zone's first line: figures of the zone stand there alone.
    commune, province : str
        Full names.
    whole : bool or None
        Whether all of the commune is in the zone; None if unknown.
    share : float or None
        Part of the commune's area, 0 to 1.
    hamlets : tuple of Hamlet
        Hamlets of the zone; none where its outline follows none.
    certainty : str
        ``certain`` or ``possible``.
    residents, area_km2 : float or None
        People and ground inside.
    cases : tuple of int
        Active cases: the least and the most that is published.
    opened_on, lift_on : date or None
        Opening, and the earliest lifting.
    zone_id : str
        Identifier of the zone.
    """

    number: int
    first: bool
    commune: str
    province: str
    whole: bool | None
    share: float | None
    hamlets: tuple[Hamlet, ...]
    certainty: str
    residents: float | None
    area_km2: float | None
    cases: tuple[int, int]
    opened_on: date | None
    lift_on: date | None
    zone_id: str


class Annex(NamedTuple):
    """An annex.

    Attributes
    ----------
    digest : str
        Digest of the release.
    decision : str or None
        Number of the decision.
    as_of : str
        Day of the data, ISO 8601.
    approximate : bool
        Whether outlines are approximate.
    zones, possible : int
        Number of certain and of possible zones.
    residents : float or None
        People in certain zones.
    lines : tuple of AnnexLine
        Certain zones first; then by province, commune and identifier.
    small_under : int or None
        Counts of cases under it are told as ranges; 0 where all are told, none where the release does not
        say.
    """

    digest: str
    decision: str | None
    as_of: str
    approximate: bool
    zones: int
    possible: int
    residents: float | None
    lines: tuple[AnnexLine, ...]
    small_under: int | None = None


def annex_of(release: Published) -> Annex:
    """List the lockdown zones of a release.

    Parameters
    ----------
    release : Published
        The release.

    Returns
    -------
    Annex
        One line for each commune of each zone.
    """
    manifest, counts = release.manifest, release.manifest["counts"]
    return Annex(
        digest=release.digest,
        decision=manifest["decision"],
        as_of=str(manifest["as_of"]),
        approximate=manifest["boundary_quality"] == "approximate",
        zones=counts["containment_zones"],
        possible=counts.get("possible_zones", 0),
        residents=counts.get("residents_inside"),
        lines=tuple(_lines(release)) if "containment_zones" in release.layer_names else (),
        small_under=manifest.get("disclosure", {}).get("small_under"),
    )


def _lines(release: Published) -> Iterator[AnnexLine]:
    communes = release.attributes("communes").set_index("code")
    named = communes[["full_name", "province_name"]].astype(str)
    places = {code: (name, province) for code, name, province in named.itertuples(name=None)}
    zones = []
    for zone in release.attributes("containment_zones").to_dict("records"):
        parts = sorted(_decoded(zone.get("communes")), key=lambda part: -(part.get("share") or 0.0))
        full = [places.get(part["code"], (str(part["name"]), "")) for part in parts]
        first = full[0] if full else ("", "")
        order = (zone["certainty"] != "certain", first[1], first[0], zone["zone_id"])
        zones.append((order, zone, list(zip(parts, full, strict=True))))
    for number, (_, zone, parts_named) in enumerate(sorted(zones, key=lambda entry: entry[0]), start=1):
        hamlets = tuple(
            Hamlet(str(block["name"]), bool(block["whole"])) for block in _decoded(zone.get("blocks"))
        )
        for at, (part, (name, province)) in enumerate(parts_named):
            yield AnnexLine(
                number=number,
                first=at == 0,
                commune=name,
                province=province,
                whole=part.get("whole"),
                share=part.get("share"),
                hamlets=hamlets if at == 0 else (),
                certainty=zone["certainty"],
                residents=_known(zone.get("residents")),
                area_km2=_known(zone.get("area_km2")),
                cases=(int(zone["case_count"]), int(zone.get("case_count_upper", zone["case_count"]))),
                opened_on=_day(zone.get("opened_on")),
                lift_on=_day(zone.get("earliest_lift_on")),
                zone_id=str(zone["zone_id"]),
            )


def _decoded(text: Any) -> list[dict[str, Any]]:
    return list(orjson.loads(text)) if isinstance(text, str) and text else []


def _known(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _day(value: Any) -> date | None:
    if pd.isna(value):
        return None
    day: date = pd.Timestamp(value).date()
    return day


def column_heads(language: str) -> list[str]:
    """Name the columns.

    Parameters
    ----------
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    list of str
        In the order of ``COLUMNS``.
    """
    text = wording(language)
    return [text[name] for name in COLUMNS]


def heading_lines(annex: Annex, language: str) -> list[str]:
    """Write what stands above the table.

    Parameters
    ----------
    annex : Annex
        The annex.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    list of str
        Title; decision and day; totals; a warning where outlines are approximate; how small counts are told.
    """
    text = wording(language)
    decided = text["decision"].format(number=annex.decision) if annex.decision else text["no_decision"]
    people = text["unknown"] if annex.residents is None else format_number(annex.residents, language)
    totals = {
        "zones": format_number(annex.zones, language),
        "possible": format_number(annex.possible, language),
        "people": people,
    }
    return [
        text["annex"],
        f"{decided} · {text['as_of'].format(day=format_date(annex.as_of, language))}",
        text["totals"].format(**totals),
        *([text["approximate"]] if annex.approximate else []),
        *([] if annex.small_under is None else [_small_counts(annex.small_under, text)]),
    ]


def _small_counts(under: int, text: Mapping[str, str]) -> str:
    return text["withheld"].format(under=under) if under else text["small_published"]


def line_texts(line: AnnexLine, language: str) -> list[str]:
    """Write a line as its readers do; figures of the zone only on its first line.

    Parameters
    ----------
    line : AnnexLine
        The line.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    list of str
        One text for each of ``COLUMNS``.
    """
    text = wording(language)
    own = [
        str(line.number),
        line.commune,
        line.province,
        _extent(line, language),
        hamlet_list(line, language),
    ]
    area = "–" if line.area_km2 is None else f"{line.area_km2:.2f}"
    zone = [
        text[line.certainty],
        format_number(line.residents, language),
        area.replace(".", ",") if language == "vi" else area,
        say_range(*line.cases, "vi" if language == "vi" else "en"),
        format_date(line.opened_on, language),
        format_date(line.lift_on, language),
        line.zone_id,
    ]
    return own + (zone if line.first else [""] * len(zone))


def hamlet_list(line: AnnexLine, language: str) -> str:
    """Write the hamlets of a line, those in part marked as such.

    Parameters
    ----------
    line : AnnexLine
        The line.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        With commas between; empty where there are none.
    """
    part = wording(language)["hamlet_part"]
    return ", ".join(
        hamlet.name if hamlet.whole else part.format(name=hamlet.name) for hamlet in line.hamlets
    )


def _extent(line: AnnexLine, language: str) -> str:
    text = wording(language)
    if line.whole:
        return text["whole"]
    if line.share is None:
        return text["part_unknown"]
    percent = f"{100 * line.share:.1f}" if line.share < 0.1 else f"{100 * line.share:.0f}"
    if line.share < 0.0005:
        percent = "< 0.1"
    return text["part_of"].format(percent=percent.replace(".", ",") if language == "vi" else percent)
