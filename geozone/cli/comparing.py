"""``geozone what-if``, ``trade-off`` and ``compare-rules``: the same day under other parameters or rules."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geozone.cli.console import (
    AsJson,
    Language,
    LanguageOption,
    WorkspaceOption,
    actor,
    answer,
    now,
    opened,
    progress_bars,
    records,
    say,
    spoken,
)
from geozone.errors import NotFoundError

if TYPE_CHECKING:
    from geozone.draft import RulesCompared
    from geozone.rules import RuleSet
    from geozone.settings import Settings
    from geozone.workspace import Workspace

_SHOWN = 10

AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Day; by default that of the latest draft.", show_default=False
    ),
]
Rules = Annotated[
    str | None, typer.Option("--rules", help="Rule set or file; by default that of the latest draft.")
]


def what_if(
    radius: Annotated[float | None, typer.Option("--radius", help="Containment radius, metres.")] = None,
    days: Annotated[
        int | None, typer.Option("--days", help="Days that a case counts, and before lifting.")
    ] = None,
    link: Annotated[
        float | None, typer.Option("--link", help="Distance that links two cases, metres.")
    ] = None,
    buffer: Annotated[
        float | None, typer.Option("--buffer", help="Width of the buffer zone, metres; 0 for none.")
    ] = None,
    caution: Annotated[
        float | None, typer.Option("--caution", help="Caution of zones made of blocks, 0 to 1.")
    ] = None,
    as_of: AsOf = None,
    rules: Rules = None,
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell what other parameters would change: people, area, communes, facilities, levels. Keeps nothing."""
    from geozone.draft import what_if_sentences
    from geozone.pipeline.comparing import kept_what_if

    asked = {"radius_m": radius, "days": days, "link_m": link, "buffer_m": buffer, "caution": caution}
    changes = {name: value for name, value in asked.items() if value is not None}
    if not changes:
        raise typer.BadParameter("name at least one of --radius, --days, --link, --buffer, --caution")
    with opened(workspace) as (space, settings), progress_bars() as progress:
        day, chosen = _base(space, settings, as_of, rules)
        try:
            found = kept_what_if(
                space,
                rules=chosen,
                as_of=day,
                changes=changes,
                drawn_at=now(),
                actor=actor(settings),
                progress=progress,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    sentences = what_if_sentences(found)
    answer(
        as_json,
        {
            "as_of": day.isoformat(),
            "rules": chosen.id,
            "parameters": {name: list(values) for name, values in found.parameters.items()},
            "figures": records(found.figures),
            "communes": records(found.communes),
            "facilities": records(found.facilities),
            "levels": records(found.levels),
            "sentences": [{"vi": vietnamese, "en": english} for vietnamese, english in sentences],
        },
        *(spoken(pair, language) for pair in sentences),
    )


def trade_off(
    radius: Annotated[
        list[float] | None, typer.Option("--radius", help="Containment radius, metres; repeat it.")
    ] = None,
    days: Annotated[
        list[int] | None, typer.Option("--days", help="Days that a case counts, and before lifting; repeat.")
    ] = None,
    as_of: AsOf = None,
    rules: Rules = None,
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many people are locked for each case covered, by radius and days. Keeps nothing."""
    from geozone.draft import trade_off_sentences
    from geozone.pipeline.comparing import kept_trade_off

    with opened(workspace) as (space, settings), progress_bars() as progress:
        day, chosen = _base(space, settings, as_of, rules)
        own = chosen.zoning.containment_m
        try:
            table = kept_trade_off(
                space,
                rules=chosen,
                as_of=day,
                radii_m=radius or [own / 2, own, 1.5 * own, 2 * own],
                window_days=days or [],
                drawn_at=now(),
                actor=actor(settings),
                progress=progress,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    sentences = trade_off_sentences(table)
    answer(
        as_json,
        {
            "as_of": day.isoformat(),
            "rules": chosen.id,
            "rows": records(table),
            "sentences": [{"vi": vietnamese, "en": english} for vietnamese, english in sentences],
        },
        *(spoken(pair, language) for pair in sentences),
    )


def compare_rules(
    rules: Annotated[
        list[str], typer.Option("--rules", help="Rule set or file; repeat it.", show_default=False)
    ],
    as_of: AsOf = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV of every unit that differs, with the reasons.")
    ] = None,
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Decide one day under several rule sets, side by side: which units differ, and why. Keeps nothing."""
    from geozone.pipeline.comparing import rules_side_by_side

    with opened(workspace) as (space, settings), progress_bars() as progress:
        day = as_of.date() if as_of is not None else space.drafts.latest().as_of
        chosen = [_chosen(space, settings, name, day) for name in rules]
        try:
            found = rules_side_by_side(
                space, rule_sets=chosen, as_of=day, drawn_at=now(), actor=actor(settings), progress=progress
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    differing = found.differing
    if out is not None:
        from geozone.tables.formulas import guard_formulas

        beside = out.with_name(f".{out.name}.tmp")
        guard_formulas(differing).to_csv(beside, index=False, encoding="utf-8-sig")
        beside.replace(out)
    document: dict[str, Any] = {"as_of": day.isoformat(), "totals": records(found.totals)}
    answer(as_json, document | {"differing": records(differing)}, *_side_lines(found, language))
    if not as_json and out is not None:
        say(f"Wrote {out}")


def _side_lines(found: RulesCompared, language: Language) -> list[str]:
    lines = [f"{'':<24} {'1':>6} {'2':>6} {'3':>6} {'4':>6} {'none':>6} {'zones':>6} {'possible':>8}"]
    lines += [
        f"{row.rules:<24} {row.level_1:>6} {row.level_2:>6} {row.level_3:>6} {row.level_4:>6}"
        f" {row.level_none:>6} {row.certain_zones:>6} {row.possible_zones:>8}"
        for row in found.totals.itertuples()
    ]
    differing = found.differing
    said = {Language.VI: "xã, phường không cùng cấp độ", Language.EN: "communes do not have the same level"}
    lines.append(f"{len(differing)} {said[language]}")
    for row in differing.head(_SHOWN).itertuples():
        lines.append(f"{row.full_name}, {row.province_name} ({row.code})")
        lines += [f"  - {spoken(pair, language)}" for pair in found.sentences(str(row.code))]
    return lines


def _base(
    space: Workspace, settings: Settings, as_of: datetime | None, rules: str | None
) -> tuple[date, RuleSet]:
    """Take the day and the rules asked for, else those of the latest draft."""
    day, name = None if as_of is None else as_of.date(), rules
    if day is None or (name is None and space.drafts.list()):
        try:
            latest = space.drafts.latest()
        except NotFoundError as error:
            raise NotFoundError("there is no draft yet: name a day with --as-of") from error
        day, name = day or latest.as_of, name or str(latest.rules["id"])
    return day, _chosen(space, settings, name, day)


def _chosen(space: Workspace, settings: Settings, name: str | None, day: date) -> RuleSet:
    from geozone.pipeline.decide import choose_rules

    return choose_rules(space, name, day, settings.rules_folder)
