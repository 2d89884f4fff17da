"""``geozone replay`` and ``geozone history``: an epidemic day by day, and what became of each zone."""

from __future__ import annotations

from datetime import datetime
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

if TYPE_CHECKING:
    import pandas as pd

    from geozone.draft import ZoneHistory


def replay(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.", show_default=False)
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.", show_default=False)
    ],
    rules: Annotated[
        str | None,
        typer.Option("--rules", help="Rule set or file; by default the one in force on the last day."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for days.csv, zones.csv and events.csv; none name a case."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Draw every day again, each with the zones and levels of the one before."""
    from geozone.pipeline import decide
    from geozone.pipeline.histories import replay_days

    if last < first:
        raise typer.BadParameter("--to is before --from")
    with opened(workspace) as (space, settings), progress_bars() as progress:
        chosen = decide.choose_rules(space, rules, last.date(), settings.rules_folder)
        done = replay_days(
            space,
            rules=chosen,
            first=first.date(),
            last=last.date(),
            drawn_at=now(),
            actor=actor(settings),
            progress=progress,
        )
    if out is not None:
        _write_tables(out, {"days": done.days, "zones": done.history.zones, "events": done.history.events})
    answer(as_json, {"rules": chosen.id, "days": records(done.days)}, *_day_lines(done.days))
    if not as_json:
        say("Next: geozone history")


def _write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        from geozone.tables.formulas import guard_formulas

        beside = folder / f".{name}.csv.tmp"
        guard_formulas(table).to_csv(beside, index=False, encoding="utf-8-sig")
        beside.replace(folder / f"{name}.csv")


def _day_lines(days: pd.DataFrame) -> list[str]:
    head = (
        f"{'day':<10} {'new':>6} {'active':>7} {'zones':>6} {'possible':>8} {'opened':>6} {'closed':>6}"
        f" {'merged':>6} {'split':>5} {'residents':>11} {'levels 1/2/3/4/none':>24}"
    )
    lines = [head]
    for row in days.itertuples():
        people = "unknown" if row.residents != row.residents else f"{row.residents:.0f}"
        levels = "/".join(str(getattr(row, f"level_{name}")) for name in ("1", "2", "3", "4", "none"))
        lines.append(
            f"{row.as_of:%Y-%m-%d} {row.new_cases:>6} {row.active_cases:>7} {row.certain_zones:>6}"
            f" {row.possible_zones:>8} {row.opened:>6} {row.closed:>6} {row.merged:>6} {row.split:>5}"
            f" {people:>11} {levels:>24}"
        )
    return lines


def history(
    zone_id: Annotated[
        str | None, typer.Argument(help="A zone; without one, every zone in a line.", show_default=False)
    ] = None,
    disease: Annotated[
        str | None, typer.Option("--disease", help="Where days of several diseases were drawn.")
    ] = None,
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell what became of a zone: opened, merged, split, closed, and its figures by day."""
    from geozone.draft import zone_sentences
    from geozone.pipeline.histories import kept_history

    with opened(workspace) as (space, _):
        told = kept_history(space, disease)
    if zone_id is None:
        rows = _zone_rows(told)
        answer(
            as_json,
            {"zones": rows},
            *(
                f"{row['zone_id']:<24} {row['first_day']} - {row['last_day']}"
                f"  most cases {row['most_cases']}  {row['end']}"
                for row in rows
            ),
        )
        return
    own = told.of(zone_id)
    sentences = zone_sentences(told, zone_id)
    answer(
        as_json,
        {
            "zone_id": zone_id,
            "days": records(own.zones),
            "events": records(own.events),
            "sentences": [{"vi": vietnamese, "en": english} for vietnamese, english in sentences],
        },
        *(spoken(pair, language) for pair in sentences),
    )


def _zone_rows(told: ZoneHistory) -> list[dict[str, Any]]:
    """Sum every zone up in a line."""
    sums = told.zones.groupby("zone_id").agg(
        first_day=("as_of", "min"), last_day=("as_of", "max"), most_cases=("case_count", "max")
    )
    ends = told.events[told.events["event"].isin(["closed", "merged"]).to_numpy(dtype=bool)]
    end = dict(zip(ends["zone_id"], ends["event"], strict=True))
    into = dict(zip(ends["zone_id"], ends["related"], strict=True))
    rows = []
    for row in sums.itertuples():
        name = str(row.Index)
        ended = f"merged into {into[name]}" if end.get(name) == "merged" else end.get(name, "open")
        rows.append(
            {
                "zone_id": name,
                "first_day": row.first_day.date().isoformat(),
                "last_day": row.last_day.date().isoformat(),
                "most_cases": int(row.most_cases),
                "end": ended,
            }
        )
    return rows
