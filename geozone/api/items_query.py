"""The question that a request for features asks: which, in what order, with what, in which system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import Query, Request

from geozone.api.filters import LANGUAGES, Filter, FilterError, compile_filter, read_filter
from geozone.api.ordering import SortKey
from geozone.api.parameters import check_query, parse_bbox, parse_datetime, refuse
from geozone.api.reference_systems import DEFAULT, REFERENCE_SYSTEMS, ReferenceSystem, find_reference_system
from geozone.api.table import Box, LayerTable, Selection

__all__ = [
    "OWN_PARAMETERS",
    "ItemsParameters",
    "Presentation",
    "Question",
    "SystemName",
    "read_crs",
    "read_question",
]

MAX_ITEMS = 10_000
"""Features in a page."""
_USUAL_ITEMS = 100
_MAX_OFFSET = 10_000_000
_MAX_INTEGER = 2**53
_MAX_SORT_KEYS = 5
OWN_PARAMETERS = frozenset(
    {
        "bbox", "bbox-crs", "datetime", "limit", "offset", "after", "filter", "filter-lang", "filter-crs",
        "sortby", "properties", "skip-geometry", "crs", "f", "lang", "release", "as_of",
    }
)  # fmt: skip
"""Parameters that are not names of properties."""

_Limit = Annotated[
    int,
    Query(
        ge=1,
        le=_MAX_INTEGER,
        description="Features in a page; more than the most is taken as the most.",
        json_schema_extra={"maximum": MAX_ITEMS},
    ),
]
_Text = str | None
_SYSTEMS = {"enum": list(REFERENCE_SYSTEMS)}
SystemName = Annotated[
    _Text, Query(description="System of the coordinates of the answer", json_schema_extra=_SYSTEMS)
]
"""Name of a reference system in a query."""


class ItemsParameters:
    """Parameters of a request for features, as FastAPI reads and documents them."""

    def __init__(
        self,
        *,
        bbox: Annotated[_Text, Query(description="west,south,east,north in the system of `bbox-crs`")] = None,
        bbox_crs: Annotated[
            _Text, Query(alias="bbox-crs", description="System of `bbox`", json_schema_extra=_SYSTEMS)
        ] = None,
        datetime: Annotated[_Text, Query(description="Day, or interval `start/end`")] = None,
        limit: _Limit = _USUAL_ITEMS,
        offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Features to skip.")] = 0,
        after: Annotated[_Text, Query(description="Go on after this identifier")] = None,
        filter: Annotated[_Text, Query(description="CQL2 filter")] = None,  # noqa: A002 - name of the standard
        filter_lang: Annotated[
            str, Query(alias="filter-lang", pattern=f"^({'|'.join(LANGUAGES)})$", description="Its language")
        ] = LANGUAGES[0],
        filter_crs: Annotated[
            _Text,
            Query(alias="filter-crs", description="System of `filter`", json_schema_extra=_SYSTEMS),
        ] = None,
        sortby: Annotated[
            _Text, Query(description="Properties to sort by; `-` before one: descending")
        ] = None,
        properties: Annotated[_Text, Query(description="Properties to give; all by default")] = None,
        skip_geometry: Annotated[
            bool, Query(alias="skip-geometry", description="Leave geometry out")
        ] = False,
        crs: SystemName = None,
    ) -> None:
        self.bbox, self.bbox_crs, self.datetime = bbox, bbox_crs, datetime
        self.limit, self.offset, self.after = limit, offset, after
        self.filter, self.filter_lang, self.filter_crs = filter, filter_lang, filter_crs
        self.sortby, self.properties, self.skip_geometry, self.crs = sortby, properties, skip_geometry, crs


class Presentation(NamedTuple):
    """What of each feature is given, and in which system.

    Attributes
    ----------
    properties : tuple of str
        Properties, in the order of the layer.
    system : ReferenceSystem
        System of the coordinates.
    has_geometry : bool
        Whether geometry is given.
    """

    properties: tuple[str, ...]
    system: ReferenceSystem = DEFAULT
    has_geometry: bool = True


class Question(NamedTuple):
    """A request for features, read and checked.

    Attributes
    ----------
    selection : Selection
        Which features.
    sort : tuple of SortKey
        Their order; by identifier where empty.
    limit, offset : int
        Features in the page, and before it.
    after : str, optional
        Identifier that the page goes on after.
    presentation : Presentation
        What is given of each.
    """

    selection: Selection
    sort: tuple[SortKey, ...]
    limit: int
    offset: int
    after: str | None
    presentation: Presentation


def read_question(request: Request, given: ItemsParameters, table: LayerTable) -> Question:
    """Read the parameters of a request for features against a layer.

    Parameters
    ----------
    request : Request
        The request.
    given : ItemsParameters
        Its parameters.
    table : LayerTable
        The layer.

    Returns
    -------
    Question
        What is asked for.

    Raises
    ------
    ProblemError
        400 if a parameter is unknown, malformed, or does not fit the layer.
    """
    names = set(table.filterable()) - OWN_PARAMETERS
    check_query(request, OWN_PARAMETERS | names)
    if given.after is not None and given.offset:
        refuse("offset", "cannot be given together with after")
    boxes, filters = _read_boxes(given, table)
    if given.filter is not None:
        filters += (_read_filter(given.filter, given, table),)
    elif given.filter_crs is not None:
        refuse("filter-crs", "is given without filter")
    selection = Selection(
        boxes,
        parse_datetime(given.datetime) if given.datetime is not None else None,
        {name: value for name, value in request.query_params.items() if name in names},
        filters,
    )
    presentation = Presentation(
        _read_properties(given.properties, table), read_crs("crs", given.crs), not given.skip_geometry
    )
    limit = min(given.limit, MAX_ITEMS)
    return Question(
        selection, _read_sort(given.sortby, table), limit, given.offset, given.after, presentation
    )


def read_crs(name: str, text: str | None) -> ReferenceSystem:
    """Read the name of a reference system.

    Parameters
    ----------
    name : str
        The parameter.
    text : str or None
        Its value.

    Returns
    -------
    ReferenceSystem
        The system; longitude and latitude where none is named.

    Raises
    ------
    ProblemError
        400 if the service does not have it.
    """
    if text is None:
        return DEFAULT
    found = find_reference_system(text)
    if found is None:
        refuse(name, "is not a reference system of this service; /ogc/collections lists them under crs")
    return found


def _read_boxes(given: ItemsParameters, table: LayerTable) -> tuple[tuple[Box, ...], tuple[Filter, ...]]:
    """Read a box in degrees as one, and a box of another system, whose edges are curves, as a filter."""
    system = read_crs("bbox-crs", given.bbox_crs)
    if given.bbox is None:
        if given.bbox_crs is not None:
            refuse("bbox-crs", "is given without bbox")
        return (), ()
    if system.is_geographic:
        return parse_bbox(given.bbox, latitude_first=system.is_latitude_first), ()
    numbers = [float(edge) for edge in parse_bbox(given.bbox, in_degrees=False)[0]]
    tree = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": numbers}]}
    return (), (_compiled("bbox", lambda: compile_filter(tree, table.kinds, project=system.to_lonlat)),)


def _read_filter(text: str, given: ItemsParameters, table: LayerTable) -> Filter:
    system = read_crs("filter-crs", given.filter_crs)
    project = None if system is DEFAULT else system.to_lonlat
    return _compiled(
        "filter",
        lambda: compile_filter(read_filter(text, given.filter_lang), table.kinds, project=project),
    )


def _compiled(name: str, make: Callable[[], Filter]) -> Filter:
    try:
        return make()
    except FilterError as error:
        refuse(name, str(error))


def _read_sort(text: str | None, table: LayerTable) -> tuple[SortKey, ...]:
    if text is None:
        return ()
    keys: list[SortKey] = []
    for part in text.split(","):
        # A plus sign that is not escaped arrives as a space.
        name = part[1:] if part[:1] in ("+", "-", " ") else part
        if name not in table.kinds:
            refuse("sortby", "names a property that cannot be sorted by; /sortables lists them")
        keys.append(SortKey(name, part.startswith("-")))
    if len(keys) > _MAX_SORT_KEYS or len({key.name for key in keys}) < len(keys):
        refuse("sortby", f"expected at most {_MAX_SORT_KEYS} properties, each once")
    return tuple(keys)


def _read_properties(text: str | None, table: LayerTable) -> tuple[str, ...]:
    if text is None:
        return tuple(table.properties)
    wanted = set(text.split(",")) - {""}
    if not wanted <= set(table.properties):
        refuse("properties", "names a property that this collection does not have; /schema lists them")
    return tuple(name for name in table.properties if name in wanted)
