"""The explanation of one unit's level in Vietnamese and English sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

from geozone.levels.numbers import Language, say_date, say_number
from geozone.rules import BandSet, Indicator, LevelClass, Text

_PICK: dict[Language, Callable[[Text], str]] = {"vi": itemgetter(0), "en": itemgetter(1)}

__all__ = ["Case", "Fact", "Way", "lower_sentence", "no_data_sentence", "why_sentence"]

_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "at": "{unit} ở {level}",
        "at_least": "{unit} ít nhất ở {level}",
        "overridden": "{unit} được Ban Chỉ đạo quyết định ở {level}{decision}: {reason}",
        "decision": " (quyết định {number})",
        "computed": "Tính theo quy tắc là {level}",
        "count": "{days} ngày qua có {count} {noun}",
        "none": "{days} ngày qua không có {noun}",
        "between": "{days} ngày qua có từ {low} đến {high} {noun} (dữ liệu chưa ghi đủ)",
        "rate": ", bằng {value} {unit}",
        "rounded": " (làm tròn {value})",
        "band": " ({range}: {name})",
        "from_to": "từ {start} đến dưới {end}",
        "below": "dưới {end}",
        "from": "từ {start} trở lên",
        "value": "{name} là {value}",
        "unknown": "chưa có số liệu {name}",
        "never": "chưa ghi nhận {noun}",
        "since": "đã {days} ngày không có {noun} mới",
        "clause": "Lý do: {text}",
        "table": "{text}: {level}",
        "possible": "Có thể đến {level}: {reason}",
        "missing_field": "danh sách ca chưa ghi đủ thông tin để xét điều kiện “{text}”",
        "missing_value": "chưa có số liệu {name}",
        "skipped": "Chưa xét: {text}",
        "previous": "Lần trước ở {level}",
        "unverified": "Chưa kiểm chứng: kết quả dùng giá trị chưa đối chiếu với văn bản gốc",
        "small": "Đơn vị chỉ có {people} dân nên tỷ lệ dao động mạnh theo từng ca",
        "parts": "Dân số chỉ có ở {known}/{total} đơn vị cấp dưới; tỷ lệ tính trên các đơn vị đó",
        "shared": "{count} ca chưa rõ thuộc xã nào, được chia theo khả năng",
        "no_data": "{unit} chưa có số liệu để xếp mức: {reason}",
        "lower": "Xuống {level} nếu {ways}",
        "or": "; hoặc ",
        "cases_way": "số {noun} trong {days} ngày không quá {amount} (hiện {count})",
        "no_cases_way": "không còn {noun} trong {days} ngày (hiện {count})",
        "coverage_way": "tiêm thêm cho ít nhất {amount} người để {name} đạt {threshold} %",
        "up_way": "{name} đạt từ {threshold}",
        "down_way": "{name} xuống dưới {threshold}",
        "neighbour_way": "các đơn vị giáp ranh hoặc cấp dưới hạ mức",
        "together_way": "nhiều tiêu chí cùng giảm",
        "when": "Nếu không có ca mới và các số liệu khác giữ nguyên, sớm nhất là ngày {day}",
        "not_alone": "Chỉ riêng việc không có ca mới trong {days} ngày tới thì chưa đủ để hạ mức",
    },
    "en": {
        "at": "{unit} is at {level}",
        "at_least": "{unit} is at {level} at least",
        "overridden": "{unit} is set by the committee at {level}{decision}: {reason}",
        "decision": " (decision {number})",
        "computed": "By the rules it would be {level}",
        "count": "{count} {noun} in the past {days} days",
        "none": "no {noun} in the past {days} days",
        "between": "between {low} and {high} {noun} in the past {days} days (not all is recorded)",
        "rate": ", or {value} {unit}",
        "rounded": " (rounded to {value})",
        "band": " ({range}: {name})",
        "from_to": "from {start} to below {end}",
        "below": "below {end}",
        "from": "{start} or more",
        "value": "{name}: {value}",
        "unknown": "no figure for {name}",
        "never": "no {noun} on record",
        "since": "{days} days without {noun}",
        "clause": "Reason: {text}",
        "table": "{text}: {level}",
        "possible": "It may be as high as {level}: {reason}",
        "missing_field": "the line list does not record what is needed to test “{text}”",
        "missing_value": "there is no figure for {name}",
        "skipped": "Not assessed: {text}",
        "previous": "It was at {level} before",
        "unverified": "Unverified: the result uses a value that was not checked against the legal text",
        "small": "The unit has only {people} people, so the rate swings with every case",
        "parts": "Population is known for {known} of {total} units below; the rate is over those",
        "shared": "{count} cases whose commune is not certain are shared out by likelihood",
        "no_data": "{unit} has no data to be given a level: {reason}",
        "lower": "It goes down to {level} if {ways}",
        "or": "; or ",
        "cases_way": "there are at most {amount} {noun} in {days} days (now {count})",
        "no_cases_way": "there are no {noun} in {days} days (now {count})",
        "coverage_way": "at least {amount} more people are vaccinated, so that {name} reach {threshold} %",
        "up_way": "{name} reaches {threshold}",
        "down_way": "{name} falls below {threshold}",
        "neighbour_way": "the levels of the neighbours or of the units below go down",
        "together_way": "several criteria improve together",
        "when": "Without a new case and with all else unchanged, {day} at the earliest",
        "not_alone": "No new case in the next {days} days would not be enough by itself",
    },
}
_REASONS: dict[str, Text] = {
    "not-reporting": Text(
        "địa phương chưa gửi báo cáo ca bệnh (chưa có số liệu không có nghĩa là không có ca)",
        "the area has not reported cases (no data is not zero)",
    ),
    "population": Text("dân số chưa rõ hoặc bằng 0", "its population is unknown or zero"),
    "input": Text("thiếu số liệu bắt buộc của quy tắc", "a figure that the rule needs is missing"),
    "children": Text("các đơn vị cấp dưới đều chưa có số liệu", "none of the units below has data"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One indicator of one unit, today."""

    indicator: Indicator
    low: float
    value: float
    high: float
    compared: float
    count_low: float
    count: float
    count_high: float
    bands: BandSet | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a lower level."""

    indicator: Indicator
    threshold: float
    amount: float
    count: float


@dataclass(frozen=True, slots=True)
class Case:
    """Everything said about one unit."""

    unit: str
    level: LevelClass
    computed: LevelClass
    possible: LevelClass
    facts: Sequence[Fact]
    reason: Text
    from_table: LevelClass | None
    steps: Sequence[Text] = ()
    gaps: Sequence[tuple[str, Text]] = ()
    skipped: Sequence[Text] = ()
    previous: LevelClass | None = None
    verified: bool = True
    small_population: float = math.nan
    known_parts: tuple[int, int] | None = None
    shared: float = 0.0
    override: tuple[str, str] | None = None
    ways: Sequence[Way] = field(default_factory=tuple)


def why_sentence(case: Case, language: Language) -> str:
    """Explain a level.

    Parameters
    ----------
    case : Case
        The unit.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        Full sentences.
    """
    words = _WORDS[language]
    pick = _pick(language)
    said: list[str] = []
    uncertain = case.possible.rank > case.computed.rank
    head = words["at_least" if uncertain else "at"].format(unit=case.unit, level=pick(case.computed.name))
    if case.override is not None:
        reason, number = case.override
        decision = words["decision"].format(number=number) if number else ""
        said.append(
            words["overridden"].format(
                unit=case.unit, level=pick(case.level.name), decision=decision, reason=reason
            )
        )
        head = words["computed"].format(level=pick(case.computed.name))
    facts = "; ".join(_fact(fact, language) for fact in case.facts)
    said.append(f"{head}: {facts}" if facts else head)
    if case.from_table is not None:
        table = words["table"].format(text=pick(case.reason), level=pick(case.from_table.name))
        said.append("; ".join([table, *(pick(step) for step in case.steps)]))
    else:
        clause = words["clause"].format(text=pick(case.reason))
        said.append("; ".join([clause, *(pick(step) for step in case.steps)]))
    if uncertain:
        reasons = "; ".join(
            dict.fromkeys(words[kind].format(text=pick(text), name=pick(text)) for kind, text in case.gaps)
        )
        said.append(words["possible"].format(level=pick(case.possible.name), reason=reasons))
    said += _remarks(case, language)
    return _join(said)


def no_data_sentence(unit: str, reason: str, language: Language) -> str:
    """Say why a unit has no level.

    Parameters
    ----------
    unit : str
        Its full name.
    reason : str
        ``not-reporting``, ``population``, ``input`` or ``children``.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        A full sentence.
    """
    text = _WORDS[language]["no_data"].format(unit=unit, reason=_pick(language)(_REASONS[reason]))
    return _join([text])


def lower_sentence(
    case: Case, target: LevelClass, day: date | None, horizon: int, language: Language, *, by_others: bool
) -> str:
    """Say what would turn a unit one level lower, and when that can be.

    Parameters
    ----------
    case : Case
        The unit.
    target : LevelClass
        The level below.
    day : date or None
        First day it can be without a new case; none within the horizon.
    horizon : int
        Days looked ahead.
    language : str
        ``vi`` or ``en``.
    by_others : bool
        Whether the level came from other units' levels.

    Returns
    -------
    str
        Full sentences.
    """
    words = _WORDS[language]
    ways = [_way(way, language) for way in case.ways]
    if not ways:
        ways = [words["neighbour_way" if by_others else "together_way"]]
    said = [words["lower"].format(level=_pick(language)(target.name), ways=words["or"].join(ways))]
    if day is not None:
        said.append(words["when"].format(day=say_date(day, language)))
    else:
        said.append(words["not_alone"].format(days=horizon))
    return _join(said)


def _remarks(case: Case, language: Language) -> list[str]:
    words, pick = _WORDS[language], _pick(language)
    said = []
    if case.shared > 0:
        said.append(words["shared"].format(count=say_number(case.shared, language)))
    if case.previous is not None and case.previous.rank != case.level.rank:
        said.append(words["previous"].format(level=pick(case.previous.name)))
    if case.known_parts is not None:
        known, total = case.known_parts
        said.append(words["parts"].format(known=known, total=total))
    if not math.isnan(case.small_population):
        said.append(words["small"].format(people=say_number(case.small_population, language, 0)))
    if case.skipped:
        said.append(words["skipped"].format(text="; ".join(pick(text) for text in case.skipped)))
    if not case.verified:
        said.append(words["unverified"])
    return said


def _fact(fact: Fact, language: Language) -> str:
    words, pick = _WORDS[language], _pick(language)
    indicator = fact.indicator
    if indicator.what == "days_since":
        if math.isinf(fact.low):
            return words["never"].format(noun=pick(indicator.noun))
        return words["since"].format(days=say_number(fact.low, language, 0), noun=pick(indicator.noun))
    if indicator.what != "cases":
        if math.isnan(fact.value):
            return words["unknown"].format(name=pick(indicator.name))
        unit = " %" if indicator.what == "coverage" else _after_space(pick(indicator.unit))
        digits = 1 if indicator.what == "coverage" else 2
        text = words["value"].format(
            name=pick(indicator.name), value=say_number(fact.value, language, digits) + unit
        )
        return text + _band(fact, language)
    noun, days = pick(indicator.noun), indicator.window_days
    if fact.count_high - fact.count_low > 1e-9:
        low, high = (say_number(x, language) for x in (fact.count_low, fact.count_high))
        text = words["between"].format(days=days, low=low, high=high, noun=noun)
    elif fact.count == 0:
        return words["none"].format(days=days, noun=noun)
    else:
        text = words["count"].format(days=days, count=say_number(fact.count, language), noun=noun)
    if indicator.population and not math.isnan(fact.value):
        text += words["rate"].format(value=say_number(fact.value, language), unit=pick(indicator.unit))
        if indicator.rounding.before_banding and abs(fact.compared - fact.value) > 0.05:
            text += words["rounded"].format(
                value=say_number(fact.compared, language, indicator.rounding.digits)
            )
        text += _band(fact, language)
    return text


def _band(fact: Fact, language: Language) -> str:
    if fact.bands is None or math.isnan(fact.compared):
        return ""
    words = _WORDS[language]
    band = next(band for band in fact.bands.bands if band.start <= fact.compared < band.end)
    start, end = (say_number(x, language, 2) for x in (band.start, band.end))
    if band.start <= 0:
        limits = words["below"].format(end=end)
    elif math.isinf(band.end):
        limits = words["from"].format(start=start)
    else:
        limits = words["from_to"].format(start=start, end=end)
    return words["band"].format(range=limits, name=_pick(language)(band.name))


def _way(way: Way, language: Language) -> str:
    words, pick = _WORDS[language], _pick(language)
    indicator = way.indicator
    threshold = say_number(way.threshold, language, 2)
    if indicator.what == "cases":
        return words["cases_way" if way.amount > 0 else "no_cases_way"].format(
            noun=pick(indicator.noun),
            days=indicator.window_days,
            amount=say_number(way.amount, language, 0),
            count=say_number(way.count, language),
        )
    if indicator.what == "coverage":
        return words["coverage_way"].format(
            amount=say_number(way.amount, language, 0), name=pick(indicator.name), threshold=threshold
        )
    key = "up_way" if indicator.higher_is_better else "down_way"
    return words[key].format(name=pick(indicator.name), threshold=threshold)


def _pick(language: Language) -> Callable[[Text], str]:
    return _PICK[language]


def _after_space(unit: str) -> str:
    return f" {unit}" if unit else ""


def _join(sentences: Sequence[str]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in sentences if text)
