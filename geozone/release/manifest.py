"""The manifest: what a release is, as one canonical JSON text whose SHA-256 is the release's digest."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone import __version__
from geozone.errors import DataError, Fault
from geozone.release.blobs import attributes_blob, bounds, geometry_blob
from geozone.release.layers import LAYERS
from geozone.release.objects import Objects
from geozone.schema.publishable import Publishable
from geozone.types import Source

__all__ = [
    "FORMAT",
    "Publishable",
    "act",
    "canonical",
    "content",
    "described",
    "moment",
    "object_digests",
    "parse",
    "plain",
]

FORMAT = 1
_HEX = re.compile(r"[0-9a-f]{64}")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")


def content(draft: Publishable, objects: Objects) -> dict[str, Any]:
    """Keep the layers of a draft as blobs and describe the draft.

    Parameters
    ----------
    draft : Publishable
        The draft.
    objects : Objects
        Where the blobs go.

    Returns
    -------
    dict
        The part of a manifest that says what is published.

    Raises
    ------
    DataError
        If a value cannot be kept.
    OSError
        If the disk refuses.
    """
    layers = {name: _layer(name, table, objects) for name, table in sorted(draft.layers.items())}
    return {**described(draft), "layers": layers}


def described(draft: Publishable) -> dict[str, Any]:
    """Describe a draft without its layers.

    Parameters
    ----------
    draft : Publishable
        The draft.

    Returns
    -------
    dict
        Day, rules, geography, counts, warnings and sources, as a manifest has them; ``disclosure``, the
        rule by which counts of cases are published, where the draft has one.

    Raises
    ------
    DataError
        If a source is named by a full path.
    """
    rule = getattr(draft, "disclosure", None)
    return {
        **({} if rule is None else {"disclosure": plain(rule)}),
        "as_of": plain(draft.as_of),
        "rules": plain(draft.rules),
        "edition": str(draft.edition),
        "boundary_quality": str(draft.boundary_quality),
        "counts": plain(draft.counts),
        "warnings": plain(draft.warnings),
        "sources": _sources(draft.sources),
    }


def canonical(manifest: Mapping[str, Any]) -> bytes:
    """Write a manifest in its one form.

    Parameters
    ----------
    manifest : mapping
        Plain values.

    Returns
    -------
    bytes
        UTF-8 JSON, keys sorted, no spaces, no NaN.
    """
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def parse(data: bytes) -> dict[str, Any]:
    """Read a manifest, refusing any other form than the canonical one.

    Parameters
    ----------
    data : bytes
        The manifest.

    Returns
    -------
    dict
        Plain values.

    Raises
    ------
    ValueError
        If it is not canonical JSON of a known format.
    """
    try:
        manifest = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(manifest, dict):
        raise ValueError("not an object")  # noqa: TRY004
    if canonical(manifest) != data:
        raise ValueError("not in canonical form")
    if manifest.get("format") != FORMAT:
        raise ValueError(f"of format {manifest.get('format')!r}; this geozone reads {FORMAT}")
    previous = manifest.get("previous")
    if previous is not None and not (isinstance(previous, str) and _HEX.fullmatch(previous)):
        raise ValueError("without a proper predecessor")
    object_digests(manifest)
    return manifest


def object_digests(manifest: Mapping[str, Any]) -> frozenset[str]:
    """List the blobs that a manifest refers to.

    Parameters
    ----------
    manifest : mapping
        Plain values.

    Returns
    -------
    frozenset of str
        Digests.

    Raises
    ------
    ValueError
        If its layers are not described as they must be.
    """
    layers = manifest.get("layers")
    if not isinstance(layers, dict):
        raise ValueError("without layers")  # noqa: TRY004
    found: set[str] = set()
    for entry in layers.values():
        digests = [entry.get("attributes"), entry.get("geometry")] if isinstance(entry, dict) else [None]
        for position, digest in enumerate(digests):
            if position == 1 and digest is None:
                continue
            if not isinstance(digest, str) or not _HEX.fullmatch(digest):
                raise ValueError("with a layer that is not described")
            found.add(digest)
    return frozenset(found)


def act(decision: str, created_at: datetime, previous: str | None) -> dict[str, Any]:
    """Describe the act of publishing.

    Parameters
    ----------
    decision : str
        Number or name of the decision.
    created_at : datetime
        Time of publication, with zone.
    previous : str or None
        Digest of the predecessor in the chain.

    Returns
    -------
    dict
        The part of a manifest that says who decided and when.
    """
    return {
        "format": FORMAT,
        "geozone": __version__,
        "decision": decision,
        "created_at": moment(created_at),
        "previous": previous,
    }


def moment(at: datetime) -> str:
    """Write a moment in UTC.

    Parameters
    ----------
    at : datetime
        With its zone.

    Returns
    -------
    str
        RFC 3339, to the second.

    Raises
    ------
    ValueError
        If it has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(value: Any) -> Any:  # noqa: PLR0911
    """Turn a value into what JSON can hold.

    Parameters
    ----------
    value : object
        Mappings, sequences, data classes, named tuples, enumerations, dates, numbers, text.

    Returns
    -------
    object
        Dicts, lists, text, numbers, booleans and none.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be kept in a manifest")


def _layer(name: str, table: pd.DataFrame, objects: Objects) -> dict[str, Any]:
    entry: dict[str, Any] = {"rows": len(table), "attributes": objects.put(attributes_blob(table))}
    if isinstance(table, gpd.GeoDataFrame):
        key = LAYERS[name].key if name in LAYERS else ()
        entry["geometry"] = objects.put(geometry_blob(table, key))
        entry["bounds"] = bounds(table) if len(table) else None
    else:
        entry["geometry"] = None
        entry["bounds"] = None
    return entry


def _sources(sources: Sequence[Source]) -> list[dict[str, str]]:
    faults = [
        Fault(None, "sources", "a full path", "a file name")
        for source in sources
        if _ABSOLUTE.match(source.name)
    ]
    if faults:
        raise DataError("sources to publish", faults)
    return [dict(source._asdict()) for source in sources]
