"""The demonstration: a made-up outbreak through the whole pipeline, on the embedded units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from geozone import synthetic
from geozone.admin import load_crosswalk, load_units
from geozone.draft import Draft
from geozone.geodesy import distance_m
from geozone.pipeline import decide, imports, publish
from geozone.types import Edition, Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["AS_OF", "DemoReport", "run_demo"]

AS_OF = date(2021, 11, 20)
"""Last day of the made-up outbreak; Decision 4800 is in force on it."""

_EARLIER = (14, 7, 0)
_RECENT_DAYS = 14
_TOWN_M = 2_000.0
_TOWN_RESIDENTS = 24_000


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demonstration did.

    Attributes
    ----------
    rows_read, rows_rejected : int
        Rows of the line list.
    rejects_path : Path or None
        Where the rejected rows are.
    draft : Draft
        The last draft.
    digests : tuple of str
        The releases made, oldest first.
    """

    rows_read: int
    rows_rejected: int
    rejects_path: Path | None
    draft: Draft
    digests: tuple[str, ...]

    def lines(self) -> list[str]:
        """Tell it in words.

        Returns
        -------
        list of str
            One line a stage.
        """
        counts: dict[str, Any] = self.draft.counts
        zones, checkpoints = self.draft.layers["containment_zones"], self.draft.layers["checkpoints"]
        along_streets = int((zones["perimeter"] == "blocks").sum())
        return [
            f"Line list: {self.rows_read} rows read, {self.rows_rejected} rejected"
            + (f" (see {self.rejects_path})" if self.rejects_path else ""),
            f"Cases: {counts['cases']} = {counts['placed']} placed + {counts['ambiguous']} ambiguous"
            f" + {counts['unplaced']} unplaced",
            f"Zones: {counts['containment_zones']} certain, {counts['possible_zones']} possible;"
            f" {along_streets} along the streets of a made-up town, with {len(checkpoints)} checkpoints",
            f"Rules: {self.draft.rules.id}, as of {self.draft.as_of.isoformat()}",
            f"Releases: {len(self.digests)}, the current one is {self.digests[-1][:12]}",
            "All of it is made up: people, addresses, population, doses and facilities.",
        ]


def run_demo(
    workspace: Workspace, *, seed: int, at: datetime, actor: str, progress: Progress = no_progress
) -> DemoReport:
    """Make an outbreak and take it through the pipeline: three weekly releases.

    Parameters
    ----------
    workspace : Workspace
        New and empty.
    seed : int
        The same seed makes the same outbreak.
    at : datetime
        Time recorded, with zone.
    actor : str
        Who is recorded.
    progress : callable
        Told of each stage.

    Returns
    -------
    DemoReport
        What it did.
    """
    progress("outbreak", 0, 1)
    outbreak = synthetic.make_outbreak(
        load_units(Edition.E2025), load_units(Edition.E2021), load_crosswalk(), seed=seed, as_of=AS_OF
    )
    progress("outbreak", 1, 1)
    with TemporaryDirectory() as folder:
        files = synthetic.write_outbreak(outbreak, Path(folder))
        imports.import_population(workspace, files.population, imported_at=at, actor=actor)
        imports.import_doses(workspace, files.doses, imported_at=at, actor=actor)
        imports.import_facilities(workspace, files.facilities, imported_at=at, actor=actor)
        cases = imports.import_cases(
            workspace, files.line_list, imported_at=at, actor=actor, progress=progress
        )
        town = synthetic.write_town(_town(workspace, seed), Path(folder))
        imports.import_blocks(workspace, town.blocks)
        imports.import_roads(workspace, town.roads)
    digests = []
    for number, days in enumerate(_EARLIER, start=1):
        as_of = AS_OF - timedelta(days=days)
        rules = decide.choose_rules(workspace, None, as_of)
        draft = decide.make_draft(
            workspace, rules=rules, as_of=as_of, drawn_at=at, actor=actor, progress=progress
        )
        made = publish.release(
            workspace,
            decision=f"{number:02d}/QĐ-DEMO",
            created_at=at + timedelta(seconds=number),
            actor=actor,
        )
        digests.append(made.digest)
    return DemoReport(
        cases.line_list.rows_read,
        len(cases.line_list.rejects),
        cases.rejects_path,
        draft,
        tuple(digests),
    )


def _town(workspace: Workspace, seed: int) -> synthetic.Town:
    """Make a town where most recent cases with a known point live close together."""
    homes = workspace.store.places().merge(workspace.store.cases()[["case_id", "report_date"]], on="case_id")
    recent = homes["report_date"] > pd.Timestamp(AS_OF - timedelta(days=_RECENT_DAYS))
    at = homes.loc[recent & homes["lon"].notna(), ["lon", "lat"]].to_numpy(dtype=np.float64)
    lon, lat = at.T
    near = distance_m(lon[:, None], lat[:, None], lon[None], lat[None]) < _TOWN_M / 4
    middle = at[near[int(near.sum(axis=1).argmax())]].mean(axis=0)
    return synthetic.make_town(*middle.tolist(), seed=seed, side_m=_TOWN_M, residents=_TOWN_RESIDENTS)
