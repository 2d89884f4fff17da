"""The private database: line lists, places, geocodes, reference figures and the audit trail."""

from geozone.store.accounts import Account, scope_columns
from geozone.store.approvals import DraftState, DraftStep, Step, state_after
from geozone.store.decided import Decision
from geozone.store.erasure import Erased
from geozone.store.geocodes import GeocodeReport
from geozone.store.identifiers import KEY_FILE
from geozone.store.line_lists import ImportReport, LineListLike
from geozone.store.sessions import MachineKey, Session
from geozone.store.store import Store

__all__ = [
    "KEY_FILE",
    "Account",
    "Decision",
    "DraftState",
    "DraftStep",
    "Erased",
    "GeocodeReport",
    "ImportReport",
    "LineListLike",
    "MachineKey",
    "Session",
    "Step",
    "Store",
    "scope_columns",
    "state_after",
]
