"""The private database: line lists, places, geocodes, reference figures and the audit trail."""

from geozone.store.decided import Decision
from geozone.store.geocodes import GeocodeReport
from geozone.store.line_lists import ImportReport, LineListLike
from geozone.store.store import Store

__all__ = ["Decision", "GeocodeReport", "ImportReport", "LineListLike", "Store"]
