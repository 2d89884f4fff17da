"""Aliases that reviewers taught: kept when they are forgotten, with who and when."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from geozone.errors import ConflictError, NotFoundError
from geozone.store.sealed import next_seq, open_frame, open_texts, seal_texts
from geozone.store.tables import METADATA
from geozone.types import Edition

__all__ = ["forget_alias", "forget_aliases_of", "put_alias", "read_aliases"]

_ALIASES = METADATA.tables["taught_aliases"]
_COLUMNS = [column.name for column in _ALIASES.c]


def read_aliases(connection: Connection, *, forgotten: bool = False) -> pd.DataFrame:
    """Read the aliases, oldest first.

    Parameters
    ----------
    connection : Connection
        Where to read.
    forgotten : bool
        Whether those that were forgotten are listed too.

    Returns
    -------
    DataFrame
        Private: ``number, alias, code, edition, decision, taught_at, taught_by, forgotten_at,
        forgotten_by``.
    """
    query = select(_ALIASES).order_by(_ALIASES.c.seq)
    if not forgotten:
        query = query.where(_ALIASES.c.forgotten_at.is_(None))
    rows = [tuple(row) for row in connection.execute(query)]
    found = open_frame(connection, "taught_aliases", pd.DataFrame(rows, columns=_COLUMNS))
    return found.rename(columns={"seq": "number"})


def put_alias(
    connection: Connection, alias: str, code: str, *, decision: int | None, at: datetime, actor: str
) -> int:
    """Keep an alias.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    alias : str
        The phrase, as written.
    code : str
        Commune, current edition.
    decision : int or None
        The decision that taught it.
    at : datetime
        When, with zone.
    actor : str
        Who teaches.

    Returns
    -------
    int
        Its number.
    """
    number = next_seq(connection, "taught_aliases")
    row = {
        "seq": number,
        "alias": seal_texts(connection, "taught_aliases", "alias", [alias], [(number,)])[0],
        "code": code,
        "edition": str(Edition.E2025),
        "decision": decision,
        "taught_at": at,
        "taught_by": actor,
    }
    connection.execute(insert(_ALIASES).values(row))
    return number


def forget_alias(connection: Connection, number: int, *, at: datetime, actor: str) -> str:
    """Forget one alias.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    number : int
        Its number.
    at : datetime
        When, with zone.
    actor : str
        Who.

    Returns
    -------
    str
        The phrase.

    Raises
    ------
    NotFoundError
        If there is no such alias.
    ConflictError
        If it was forgotten already.
    """
    query = select(_ALIASES.c.alias, _ALIASES.c.forgotten_at).where(_ALIASES.c.seq == number)
    found = connection.execute(query).first()
    if found is None:
        raise NotFoundError(f"there is no alias {number}")
    if found[1] is not None:
        raise ConflictError(f"alias {number} was forgotten already")
    connection.execute(
        update(_ALIASES).where(_ALIASES.c.seq == number).values(forgotten_at=at, forgotten_by=actor)
    )
    return str(open_texts(connection, "taught_aliases", "alias", [found[0]], [(number,)])[0])


def forget_aliases_of(connection: Connection, decision: int, *, at: datetime, actor: str) -> None:
    """Forget what a decision taught.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    decision : int
        The decision.
    at : datetime
        When, with zone.
    actor : str
        Who.
    """
    mine = (_ALIASES.c.decision == decision) & _ALIASES.c.forgotten_at.is_(None)
    connection.execute(update(_ALIASES).where(mine).values(forgotten_at=at, forgotten_by=actor))
