"""Which places a decision is for, and what was doubtful about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.admin import AdminUnits
from geozone.errors import ConflictError
from geozone.pipeline.review import find_place, place_token, read_places
from geozone.review import Doubt, Option, OptionKind, address_keys, find_doubts
from geozone.store import Store
from geozone.types import ReviewScope
from geozone.workspace import Workspace

__all__ = ["Asked", "Reviewer", "ask", "first_option", "rank_of"]


class Reviewer(NamedTuple):
    """Who decides, when, and for which places.

    ``expected`` is the token of the address as the reviewer saw it (``ReviewQueue.token``): a decision about
    anything else is refused.
    """

    actor: str
    at: datetime
    scope: ReviewScope = ReviewScope.ADDRESS
    role: str = "home"
    expected: str | None = None
    teach: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """The places that a decision is for, and the doubt about them if there is one.

    Attributes
    ----------
    units : AdminUnits
        The outlines in force.
    workspace : Workspace
        Where they are.
    mine : DataFrame
        Private: those that the decision is for, the one named first.
    doubt : Doubt or None
        What was doubtful.
    """

    units: AdminUnits
    workspace: Workspace
    mine: pd.DataFrame
    doubt: Doubt | None

    @property
    def table(self) -> pd.DataFrame:
        """Private: every place."""
        return read_places(self.workspace)

    @property
    def first(self) -> pd.Series:
        """The place named."""
        return self.mine.iloc[0]


def ask(workspace: Workspace, reference: str, reviewer: Reviewer) -> Asked:
    """Find the places that a decision is for, and check that they are as the reviewer saw them.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    reference : str
        A place as the queue names it, or a case.
    reviewer : Reviewer
        Who decides, for which places.

    Returns
    -------
    Asked
        The places.

    Raises
    ------
    NotFoundError
        If there is no such place.
    ConflictError
        If the address changed or was decided about since the reviewer looked.
    """
    table = read_places(workspace, cases=_of_one_address(workspace, reference, reviewer.role))
    row = find_place(table, reference, reviewer.role)
    same = (table["key"] == table["key"].iloc[row]).to_numpy(dtype=bool)
    same = same & (~_decided_alone(workspace, table) | np.asarray(table.index == row))
    if reviewer.scope is ReviewScope.CASE:
        same = np.asarray(table.index == row)
    mine = table[same].reset_index(drop=True)
    # The place named comes first: its answer is the one that is accepted.
    mine = pd.concat([table.iloc[[row]], mine[mine["place"] != table["place"].iloc[row]]], ignore_index=True)
    doubts = find_doubts(mine.copy())
    doubt = next((one for one in doubts if 0 in one.rows), None)
    if reviewer.expected is not None and reviewer.expected != _token_of(table, row):
        place = table.iloc[row]
        who, when = workspace.store.last_change(place["case_id"], place["role"]) or (None, None)
        raise ConflictError(
            "somebody decided about this address, or it changed, since you looked; look again",
            by=who,
            at=when,
        )
    return Asked(workspace.units(), workspace, mine, doubt)


_FEW = 500
_BOOKS: WeakKeyDictionary[Store, tuple[tuple[int, int, int], pd.DataFrame]] = WeakKeyDictionary()
"""Which places have one address, by store: worked out again when any address has changed."""


def _of_one_address(workspace: Workspace, reference: str, role: str) -> list[str] | None:
    """List the cases with a place at the address of a place; ``None`` where all places must be read."""
    held = _BOOKS.get(workspace.store)
    if held is None or held[0] != workspace.store.place_mark():
        mark, places = workspace.store.place_keys()
        held = _BOOKS[workspace.store] = (mark, places.assign(key=address_keys(places)))
    book = held[1]
    if book.empty:
        return None
    key = book["key"].iloc[find_place(book, reference, role)]
    cases = sorted(set(book.loc[(book["key"] == key).to_numpy(dtype=bool), "case_id"]))
    return cases if len(cases) <= _FEW else None


def _token_of(table: pd.DataFrame, row: int) -> str:
    """Give the token of the doubt that a place belongs to, as the queue gives it."""
    same = table[table["key"] == table["key"].iloc[row]]
    for doubt in find_doubts(same.reset_index(drop=True)):
        rows = same.iloc[list(doubt.rows)]
        if table["place"].iloc[row] in set(rows["place"]):
            return place_token(rows)
    return place_token(table.iloc[[row]])


def _decided_alone(workspace: Workspace, table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which places were set by a decision for that case alone: one for the address leaves them."""
    made = workspace.store.decisions()
    alone = made.loc[made["scope"] == str(ReviewScope.CASE), "decision"]
    by_itself = table["manual"] & table["decision"].isin(alone)
    return np.asarray(by_itself, dtype=np.bool_)


def first_option(asked: Asked) -> Option:
    """Give the likeliest answer, or the one that stands where nothing is in doubt.

    Parameters
    ----------
    asked : Asked
        The places.

    Returns
    -------
    Option
        Without a code where there is no answer.
    """
    if asked.doubt is not None and asked.doubt.options:
        return asked.doubt.options[0]
    code = asked.first["geo_commune_code"]
    known = None if pd.isna(code) else str(code)
    return Option(OptionKind.AS_IS, known, str(asked.first["geo_name"]), 1.0)


def rank_of(asked: Asked, code: str) -> int | None:
    """Tell which of the answers a commune was.

    Parameters
    ----------
    asked : Asked
        The places.
    code : str
        The commune.

    Returns
    -------
    int or None
        1 for the first; none where it was no candidate.
    """
    options = asked.doubt.options if asked.doubt is not None else ()
    return next((i for i, option in enumerate(options, start=1) if option.code == code), None)
