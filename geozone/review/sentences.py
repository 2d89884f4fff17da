"""What an answer would change, in words."""

from __future__ import annotations

from typing import Final

from geozone.levels.numbers import Language, say_number
from geozone.review.doubts import Option, OptionKind
from geozone.review.effects import Change, Effect

__all__ = ["say_effect"]

_NAMED: Final = 3
_LEAST_KM2: Final = 0.005


def say_effect(effect: Effect, language: Language) -> str:
    """Say what one answer would change against what is drawn now.

    Parameters
    ----------
    effect : Effect
        The answer and its effect.
    language : {"vi", "en"}
        Language.

    Returns
    -------
    str
        One sentence, such as *Nếu chọn Phường X: Phường X cấp độ 2 → 3; thêm 1.240 người trong vùng
        phong tỏa.*
    """
    clauses = [
        *_levels(effect, language),
        *_zone(
            effect.possible_zone_people,
            effect.possible_zone_km2,
            language,
            ("vùng có thể phải phong tỏa", "possible containment zones"),
        ),
    ]
    if clauses and effect.unknown_population:
        count = say_number(effect.unknown_population, language)
        clauses.append(
            f"chưa rõ dân số của {count} xã, phường"
            if language == "vi"
            else f"population of {count} commune{'s' if effect.unknown_population > 1 else ''} unknown"
        )
    if not clauses:
        clauses = [
            "không làm thay đổi vùng và cấp độ dịch" if language == "vi" else "no zone or level changes"
        ]
    return f"{_condition(effect.option, language)}: {'; '.join(clauses)}."


def _condition(option: Option, language: Language) -> str:
    words = {
        OptionKind.COMMUNE: ("Nếu chọn {name}", "If {name} is chosen"),
        OptionKind.AS_IS: ("Nếu giữ nguyên ({name})", "If it stays as it is ({name})"),
        OptionKind.ELSEWHERE: ("Nếu không phải {name}", "If it is not {name}"),
    }
    return words[option.kind][0 if language == "vi" else 1].format(name=option.name)


def _levels(effect: Effect, language: Language) -> list[str]:
    """Say the levels of each commune together; those that become worse come first, then those sure to."""
    sure = {change.code: change for change in effect.levels}
    maybe = {change.code: change for change in effect.possible_levels}
    firsts = {**maybe, **sure}
    order = sorted(
        firsts, key=lambda code: (code not in sure, firsts[code].before - firsts[code].after, code)
    )
    named = [
        f"{firsts[code].name}: {_level(sure.get(code), maybe.get(code), language)}" for code in order[:_NAMED]
    ]
    rest = len(order) - len(named)
    if rest > 0:
        count = say_number(rest, language)
        named.append(
            f"cấp độ của {count} xã, phường khác cũng thay đổi"
            if language == "vi"
            else f"levels of {count} other commune{'s' if rest > 1 else ''} change too"
        )
    return named


def _level(sure: Change | None, maybe: Change | None, language: Language) -> str:
    none = "chưa có dữ liệu" if language == "vi" else "no data"
    level, highest = ("cấp độ", "cao nhất có thể") if language == "vi" else ("level", "highest possible")
    words = []
    if sure is not None:
        words.append(f"{level} {sure.before or none} → {sure.after or none}")
    if maybe is not None and not (sure is not None and sure[2:] == maybe[2:]):
        start = highest if words else (f"{level} {highest}" if language == "vi" else f"{highest} {level}")
        words.append(f"{start} {maybe.before or none} → {maybe.after or none}")
    return ", ".join(words)


def _zone(people: float, area_km2: float, language: Language, words: tuple[str, str]) -> list[str]:
    """Say people and area more or less in zones."""
    if abs(area_km2) < _LEAST_KM2 and abs(people) < 1:
        return []
    more = (people or area_km2) > 0
    area = f"{say_number(abs(area_km2), language, 2)} km²"
    if abs(people) < 1:  # nobody known lives there
        how = ("thêm" if more else "bớt") if language == "vi" else ("more" if more else "less")
        return [f"{how} {area} trong {words[0]}" if language == "vi" else f"{area} {how} in {words[1]}"]
    count = say_number(abs(round(people)), language)
    if language == "vi":
        return [f"{'thêm' if more else 'bớt'} {count} người ({area}) trong {words[0]}"]
    return [f"{count} people {'more' if more else 'fewer'} ({area}) in {words[1]}"]
