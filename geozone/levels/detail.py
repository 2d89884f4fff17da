"""The detail of every unit as JSON: indicators, cells or clauses, modifiers and evidence.

Fragments are made once per distinct value and joined, for a table of thousands of units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from geozone.levels.measure import Measured
from geozone.levels.phrases import each
from geozone.levels.proof import Support
from geozone.levels.results import TierResult
from geozone.rules import UNDECIDED, Clause, Evidence, FirstMatch, Modifier, Span

__all__ = ["details"]

_FEW = 8
"""Up to as many units are written number by number: quicker than as a column."""


def details(result: TierResult, found: Sequence[Support]) -> list[bytes]:
    """Write the detail of every unit.

    Parameters
    ----------
    result : TierResult
        What was decided.
    found : sequence of Support
        What the levels rest on.

    Returns
    -------
    list of bytes
        JSON objects: ``rules, base, level, possible, indicators, clauses or cells, modifiers,
        skipped, evidence``; ``{"no_data": reason}`` for a unit without a level.
    """
    rules, outcome = result.decider.rules, result.outcome
    keys = ["", *(level.key for level in rules.levels)]
    ranks = zip(outcome.base_low[0].tolist(), outcome.low[0].tolist(), outcome.high[0].tolist(), strict=True)
    heads = each(
        ranks,
        lambda base, low, high: _inner(
            {"rules": rules.id, "base": keys[base], "level": keys[low], "possible": keys[high]}
        ),
    )
    skipped = _inner({"skipped": outcome.skipped})
    parts = zip(heads, _indicators(result), _conditions(result), _evidence(found, len(heads)), strict=True)
    said = [
        b'{%b,"indicators":{%b},%b,%b,"evidence":%b}'
        % (head, numbers.encode(), conditions, skipped, evidence)
        for head, numbers, conditions, evidence in parts
    ]
    for i in np.flatnonzero(~result.has_level()):
        said[i] = orjson.dumps({"no_data": result.no_data[i]})
    return said


def _indicators(result: TierResult) -> list[str]:
    rules = result.decider.rules
    edges = {item.indicator: item.edges for item in rules.bands.values()}
    columns = [
        _indicator(
            name,
            values,
            edges=edges.get(name),
            counted=rules.indicators[name].what in ("cases", "coverage"),
        )
        for name, values in result.measured.items()
    ]
    return [",".join(parts) for parts in zip(*columns, strict=True)]


def _indicator(name: str, values: Measured, *, edges: tuple[float, ...] | None, counted: bool) -> list[str]:
    """Write one indicator of every unit: column by column, for a number is written fastest in a list."""
    compared = values.compared()[0][0]
    fields: list[list[str]] = [_field("value", values.value[0]), _field("compared", compared)]
    fields += _range_fields("low", "high", values.low[0], values.high[0])
    if counted:
        fields.append(_field("count", values.count[0]))
        fields += _range_fields("count_low", "count_high", values.count_low[0], values.count_high[0])
    known = ~np.isnan(values.denominator)
    if known.any():
        fields.append(_field("denominator", values.denominator, known))
    there = ~np.isnan(compared)
    if edges is not None and there.any():
        band = np.searchsorted(np.array(edges), np.nan_to_num(compared), side="right") + 1.0
        fields.append(_field("band", band, there))
    opening = f'"{name}":{{'
    return [opening + "".join(parts)[1:] + "}" for parts in zip(*fields, strict=True)]


def _range_fields(
    low: str, high: str, least: NDArray[np.float64], most: NDArray[np.float64]
) -> list[list[str]]:
    """Write the ends of a range where they differ."""
    apart = ~((least == most) | (np.isnan(least) & np.isnan(most)))
    if not apart.any():
        return []
    return [_field(low, least, apart), _field(high, most, apart)]


def _field(name: str, values: NDArray[np.float64], shown: NDArray[np.bool_] | None = None) -> list[str]:
    """Write ``,"name":number`` for every unit; nothing where it is not shown."""
    before = f',"{name}":'
    if len(values) <= _FEW:
        if shown is not None:
            pairs = zip(values.tolist(), shown.tolist(), strict=True)
            return [before + _number(value) if show else "" for value, show in pairs]
        texts = [before + _number(value) for value in values.tolist()]
    elif (values == values[0]).all():
        texts = [before + orjson.dumps(_json_list(values[:1])).decode()[1:-1]] * len(values)
    else:
        listed = orjson.dumps(_json_list(values)).decode()[1:-1]
        texts = (before + listed.replace(",", "\n" + before)).split("\n")
    if shown is None or shown.all():
        return texts
    return [text if show else "" for text, show in zip(texts, shown.tolist(), strict=True)]


def _conditions(result: TierResult) -> list[bytes]:
    """Write clauses or cells, and modifiers; ``holds`` is null where it cannot be told."""
    outcome, shape = result.outcome, result.decider.decision.shape
    clauses = shape.clauses if isinstance(shape, FirstMatch) else ()
    steps = result.decider.modifiers
    masks: list[NDArray[Any]] = []
    listed: tuple[Clause | Modifier, ...] = (*clauses, *steps)
    for item in listed:
        surely = outcome.surely.get(item.id)
        if surely is None:
            masks.append(np.full(outcome.low.shape[1], -1))
        else:
            masks.append(np.where(outcome.maybe[item.id], -1, surely.astype(np.int64)))
    cells = [allowed for table in outcome.cells for allowed in table.values()]
    tables = [list(table) for table in outcome.cells]

    def say(*key: Any) -> bytes:
        truths = [None if value < 0 else bool(value) for value in key[: len(masks)]]
        told: dict[str, Any] = {}
        if isinstance(shape, FirstMatch):
            told["clauses"] = [
                {
                    "id": clause.id,
                    "level": _span(result, clause.span),
                    "holds": holds,
                    "evidence": _short(clause.evidence),
                }
                for clause, holds in zip(clauses, truths, strict=False)
            ]
        else:
            told["cells"] = _cells(tables, key[len(masks) :])
        told["modifiers"] = [
            {"id": item.id, "kind": item.kind, "holds": holds, "evidence": _short(item.evidence)}
            for item, holds in zip(steps, truths[len(clauses) :], strict=True)
        ]
        return _inner(told)

    if not masks and not cells:
        return [say()] * outcome.low.shape[1]
    return each(zip(*(column.tolist() for column in (*masks, *cells)), strict=True), say)


def _cells(tables: list[list[tuple[int, int]]], allowed: Sequence[bool]) -> list[list[list[int]]]:
    """List per lookup the cells, as band of the row and of the column, counted from 1."""
    found, start = [], 0
    for table in tables:
        use = allowed[start : start + len(table)]
        found.append([[r + 1, c + 1] for (r, c), inside in zip(table, use, strict=True) if inside])
        start += len(table)
    return found


def _evidence(found: Sequence[Support], units: int) -> list[bytes]:
    if not found:
        return [b"[]"] * units

    def say(*used: bool) -> bytes:
        items = dict.fromkeys(
            item for support, inside in zip(found, used, strict=True) if inside for item in support.evidence
        )
        listed = [
            {"key": item.key, "grade": str(item.grade), "source": item.source, "note": item.note}
            for item in items
        ]
        return orjson.dumps(listed)

    return each(zip(*(support.units.tolist() for support in found), strict=True), say)


def _span(result: TierResult, span: Span) -> str:
    if span == UNDECIDED:
        return "?"
    low, high = (result.decider.rules.level(rank).key for rank in span)
    return low if low == high else f"{low}..{high}"


def _short(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    return [{"key": item.key, "grade": str(item.grade)} for item in evidence]


def _inner(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told)[1:-1]


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "null"
    return str(int(value)) if value.is_integer() else orjson.dumps(value).decode()


def _json_list(values: NDArray[np.float64]) -> list[float | int | None]:
    """Plain numbers as JSON has them: whole ones as integers, none where there is no finite value."""
    finite = np.isfinite(values)
    whole = finite & (values == np.floor(values))
    if whole.all():
        integers: list[float | int | None] = values.astype(np.int64).tolist()
        return integers
    if not finite.any():
        return [None] * len(values)
    listed: list[float | int | None] = values.tolist()
    for i in np.flatnonzero(whole).tolist():
        listed[i] = int(values[i])
    for i in np.flatnonzero(~finite).tolist():
        listed[i] = None
    return listed
