"""Routes of the what-if: the live draft under other parameters, its trade-off, and keeping one."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar

import geopandas as gpd
import orjson
import pandas as pd
import shapely
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geozone import zoning
from geozone.access import Right
from geozone.api.access import Policy
from geozone.api.drafts.router import Keeper, Watched, expect_live, live_standing
from geozone.api.drafts.shelf import DraftShelf, Standing
from geozone.api.parameters import parse_bbox, refuse
from geozone.api.problems import ProblemError
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.api.table import Box
from geozone.draft import (
    Draft,
    WhatIf,
    draft_parts,
    drawn_with,
    trade_off_sentences,
    what_if,
    what_if_sentences,
)
from geozone.geojson import feature_collection
from geozone.rules.zoning_rules import ZoningRules

__all__ = ["WhatIfAnswer", "what_if_router"]

_Found = TypeVar("_Found")
_KEPT = 16
_MOST_COMBINATIONS = 12
_PIXELS = 512
"""Pixels of the world at zoom 0 of a vector map: outlines are thinned to half a pixel."""


class Tried(BaseModel):
    """Parameters to try; those not named stay as they are."""

    model_config = ConfigDict(extra="forbid")

    radius_m: float | None = Field(None, ge=10, le=20_000, description="Containment radius, metres.")
    days: int | None = Field(None, ge=1, le=60, description="Days that a case counts, and before lifting.")
    link_m: float | None = Field(None, ge=0, le=20_000, description="Distance that links two cases, metres.")
    buffer_m: float | None = Field(None, ge=0, le=50_000, description="Width of one ring, metres; 0: none.")
    caution: float | None = Field(None, ge=0, le=1, description="Of zones made of blocks: 0 narrow, 1 wide.")
    lift: list[Annotated[str, Field(max_length=200)]] | None = Field(
        None, max_length=500, description="Parts of zones to release, each `zone_id/part_id`."
    )

    def changes(self) -> dict[str, Any]:
        """Give those that were named, as ``draft.what_if`` takes them."""
        return self.model_dump(exclude_none=True)


class Answer(BaseModel):
    """Shape of the answers; they say more than is declared."""

    model_config = ConfigDict(extra="allow")


class FigureAnswer(BaseModel):
    """A figure in the draft, under the parameters tried, and the difference."""

    figure: str
    before: float | None
    after: float | None
    difference: float | None


class SentencePair(BaseModel):
    """One sentence in both languages."""

    vi: str
    en: str


class WhatIfAnswer(Answer):
    """What other parameters would change."""

    digest: str
    as_of: str
    rules: str
    now: dict[str, float | None]
    tried: dict[str, float | None]
    blocks: bool
    figures: list[FigureAnswer]
    communes: list[dict[str, Any]]
    facilities: list[dict[str, Any]]
    levels: list[dict[str, Any]]
    sentences: list[SentencePair]
    zones: dict[str, Any]


class TradeOffAnswer(Answer):
    """People locked in for each case covered, by radius and days."""

    digest: str
    rows: list[dict[str, Any]]


class PartsAnswer(Answer):
    """Parts of a containment zone, as GeoJSON."""

    digest: str
    zone_id: str
    parts: dict[str, Any]


class KeptWhatIf(BaseModel):
    """A draft that was made of a what-if."""

    draft: str
    digest: str


class _Window(NamedTuple):
    boxes: tuple[Box, ...]
    """Only outlines that touch one of these; all of them where there is none."""
    tolerance: float
    """Degrees that an outline may be off."""


class _WhatIfs:
    """What-ifs of the live draft, the last few kept; one is computed at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[str, WhatIf] = OrderedDict()

    def find(self, standing: Standing, changes: Mapping[str, Any]) -> WhatIf:
        """Compare the draft with itself under other parameters."""
        key = json.dumps([standing.view.digest, changes], sort_keys=True)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            else:
                self._found[key] = what_if(_draft_of(standing), **changes)
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
            return self._found[key]


def what_if_router(shelf: DraftShelf, drawn: Watched, keeper: Keeper, policy: Policy) -> APIRouter:
    """Make the routes under ``/api/v1/what-if``.

    Parameters
    ----------
    shelf : DraftShelf
        The drafts.
    drawn : Watched
        What draws the live one.
    keeper : Keeper
        Keeps what was made of a what-if.
    policy : Policy
        Who may keep.

    Returns
    -------
    APIRouter
        The routes.
    """
    router = APIRouter(prefix="/api/v1/what-if", tags=["drafts"], dependencies=[Depends(strict_query)])
    _reading_routes(router, _WhatIfs(), lambda: live_standing(shelf, drawn))
    _part_routes(router, lambda: live_standing(shelf, drawn))

    @router.post("/keep", summary="Keep a what-if as a draft", response_model=KeptWhatIf, status_code=201)
    def keep(request: Request, body: Tried) -> Response:
        """Draw all of it and keep it, to be submitted. Needs `If-Match` with the live draft's digest."""
        actor = policy.admit(request, Right.DRAFT_EDIT)
        standing = expect_live(request, live_standing(shelf, drawn))
        changes = body.changes()
        if not changes:
            raise ProblemError(400, "Name at least one parameter to change.")
        made = _checked(lambda: drawn_with(_draft_of(standing), changes))
        answer = respond(
            request,
            json_bytes({"draft": keeper.keep(made, actor=actor), "digest": standing.view.digest}),
            tag=None,
        )
        answer.status_code = 201
        return answer

    return router


def _part_routes(router: APIRouter, live: Callable[[], Standing]) -> None:
    @router.get("/parts", summary="Parts of a zone that may be lifted", response_model=PartsAnswer)
    def parts(
        request: Request, zone_id: Annotated[str, Query(max_length=100, description="Containment zone")]
    ) -> Response:
        """Hamlets or blocks, elsewhere communes: with residents, active cases and the day the rules name."""
        standing = live()
        draft = _draft_of(standing)
        found = _checked(lambda: draft_parts(draft, zone_id))
        features = feature_collection(
            found, properties=list(found.columns.drop("geometry")), id_column="part_id"
        )
        document = {"digest": standing.view.digest, "zone_id": zone_id, "parts": orjson.loads(features)}
        return respond(request, json_bytes(document), tag=None)


def _reading_routes(router: APIRouter, what_ifs: _WhatIfs, live: Callable[[], Standing]) -> None:
    @router.get("", summary="What if", response_model=WhatIfAnswer)
    def try_out(
        request: Request,
        tried: Annotated[Tried, Depends(_tried)],
        window: Annotated[_Window, Depends(_window)],
    ) -> Response:
        """Draw the live draft under other parameters: figures against today, sentences, outlines."""
        standing = live()
        changes = tried.changes()
        found = _checked(lambda: what_ifs.find(standing, changes))
        return respond(request, json_bytes(_document(standing, found, window)), tag=None)

    @router.get("/trade-off", summary="People locked in, by radius and days", response_model=TradeOffAnswer)
    def trade_off(
        request: Request,
        radii_m: Annotated[str, Query(max_length=200, description="Radii, metres, with commas between")],
        days: Annotated[str, Query(max_length=100, description="Days, with commas between")] = "",
    ) -> Response:
        """At most twelve combinations; the containment zones of each are drawn."""
        standing = live()
        draft = _draft_of(standing)
        radii = _numbers("radii_m", radii_m, 10, 20_000)
        windows = [int(value) for value in _numbers("days", days, 1, 60)]
        if len(radii) * max(1, len(windows)) > _MOST_COMBINATIONS:
            refuse("radii_m", f"with days makes more than {_MOST_COMBINATIONS} combinations")
        table = zoning.trade_off(
            draft.inputs.cases,
            draft.inputs.land,
            draft.rule_set.zoning,
            as_of=draft.as_of,
            radii_m=radii,
            window_days=windows,
            population=draft.inputs.population,
            ground=draft.inputs.ground,
        )
        told = trade_off_sentences(table)
        rows = [row | _said(pair) for row, pair in zip(_records(table), told, strict=True)]
        return respond(request, json_bytes({"digest": standing.view.digest, "rows": rows}), tag=None)


def _tried(  # noqa: PLR0917 - each is a parameter of the query
    radius_m: Annotated[float | None, Query(ge=10, le=20_000)] = None,
    days: Annotated[int | None, Query(ge=1, le=60)] = None,
    link_m: Annotated[float | None, Query(ge=0, le=20_000)] = None,
    buffer_m: Annotated[float | None, Query(ge=0, le=50_000)] = None,
    caution: Annotated[float | None, Query(ge=0, le=1)] = None,
    lift: Annotated[str | None, Query(max_length=4000, description="Parts, with commas between")] = None,
) -> Tried:
    parts = None if lift is None else [part for part in lift.split(",") if part]
    return Tried(radius_m=radius_m, days=days, link_m=link_m, buffer_m=buffer_m, caution=caution, lift=parts)


def _window(
    bbox: Annotated[str | None, Query(description="Outlines that touch it: west,south,east,north")] = None,
    zoom: Annotated[float, Query(ge=0, le=22, description="Outlines are thinned to what it shows")] = 22,
) -> _Window:
    return _Window(() if bbox is None else parse_bbox(bbox), 360 / (_PIXELS * 2**zoom) / 2)


def _draft_of(standing: Standing) -> Draft:
    if standing.draft is None:
        raise ProblemError(503, "The live draft is being drawn.", headers={"Retry-After": "5"})
    return standing.draft


def _checked(act: Callable[[], _Found]) -> _Found:
    try:
        return act()
    except ValueError as error:
        raise ProblemError(400, f"The parameters cannot be used: {error}.") from error


def _document(standing: Standing, found: WhatIf, window: _Window) -> dict[str, Any]:
    draft = _draft_of(standing)
    ground = draft.inputs.ground
    return {
        "digest": standing.view.digest,
        "as_of": draft.as_of.isoformat(),
        "rules": draft.rule_set.id,
        "now": _values(draft.rule_set.zoning, draft.inputs.caution, {}, 0),
        "tried": _values(draft.rule_set.zoning, draft.inputs.caution, found.parameters, 1),
        "blocks": ground is not None,
        "figures": _records(found.figures),
        "communes": _records(found.communes),
        "facilities": _records(found.facilities),
        "levels": _records(found.levels),
        "sentences": [_said(pair) for pair in what_if_sentences(found)],
        "zones": _outlines(found, window),
    }


def _values(
    rules: ZoningRules, caution: float, changed: Mapping[str, tuple[Any, Any]], which: int
) -> dict[str, float | None]:
    """Give the value of every parameter that can be tried, before (0) or after (1)."""

    def value(name: str, own: Any) -> Any:
        return changed[name][which] if name in changed else own

    rings = value("buffer_widths_m", rules.buffer_widths_m)
    return {
        "radius_m": value("containment_m", rules.containment_m),
        "days": value("lift_days", rules.lift_days),
        "link_m": value("link_m", rules.link_m),
        "buffer_m": rings[0] if rings else 0.0,
        "caution": value("caution", caution),
    }


def _outlines(found: WhatIf, window: _Window) -> dict[str, Any]:
    """Give the perimeters that would hold, thinned to what the map shows."""
    zone_set = found.after.zone_set
    parts = [
        zone_set.containment[["zone_id", "certainty", "residents", "geometry"]].assign(layer="containment"),
        zone_set.buffer[["zone_id", "certainty", "residents", "geometry"]].assign(layer="buffer"),
    ]
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs="EPSG:4326")
    if window.boxes:
        seen = [shapely.intersects(table.geometry.array, shapely.box(*box)) for box in window.boxes]
        table = table[pd.DataFrame(seen).any().to_numpy(dtype=bool)]
    table = table.assign(geometry=shapely.simplify(table.geometry.array, window.tolerance))
    kept = table[~shapely.is_empty(table.geometry.array)]
    properties = ["layer", "zone_id", "certainty", "residents"]
    document: dict[str, Any] = orjson.loads(feature_collection(kept, properties=properties, id_column=None))
    return document


def _numbers(name: str, text: str, least: float, most: float) -> list[float]:
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        refuse(name, "expected numbers with commas between")
    if not all(math.isfinite(value) and least <= value <= most for value in found):
        refuse(name, f"expected numbers from {least} to {most}")
    return list(dict.fromkeys(found))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return found


def _said(pair: tuple[str, str]) -> dict[str, str]:
    return {"vi": pair[0], "en": pair[1]}
