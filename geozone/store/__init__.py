"""The private database: line lists, places, geocodes, reference figures and the audit trail."""

from geozone.store.approvals import DraftState, DraftStep, Step, state_after
from geozone.store.decided import Decision
from geozone.store.geocodes import GeocodeReport
from geozone.store.line_lists import ImportReport, LineListLike
from geozone.store.store import Store

__all__ = [
    "Decision",
    "DraftState",
    "DraftStep",
    "GeocodeReport",
    "ImportReport",
    "LineListLike",
    "Step",
    "Store",
    "state_after",
]
