"""CQL2 filters (OGC 21-065r2): read with limits, checked against the columns, worked out on a table.

``read_filter`` turns text or JSON into a tree, ``compile_filter`` checks it against the columns of a
table and gives a ``Filter``, and ``Filter.matches`` finds the rows it is true for. Work is bounded by
what is accepted (length, nesting, vertices) and by a budget spent in small steps.
"""

from geozone.api.filters.budget import Budget
from geozone.api.filters.compile import Filter, compile_filter
from geozone.api.filters.faults import FilterError
from geozone.api.filters.operands import FilterTable, Kind
from geozone.api.filters.tree import LANGUAGES, read_filter

__all__ = [
    "LANGUAGES",
    "Budget",
    "Filter",
    "FilterError",
    "FilterTable",
    "Kind",
    "compile_filter",
    "read_filter",
]
