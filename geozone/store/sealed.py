"""Which columns are encrypted, and how rows are sealed on their way in and opened on their way out.

Names, telephone numbers and addresses, and whatever may quote them: what an address was matched to and why,
the identity of an address that was decided about, reviewers' reasons, geocodes before and after a decision,
taught phrases. Everything that is looked for or counted stays open; addresses are compared after opening,
so that not even their equality can be seen in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd
from sqlalchemy.engine import Connection

from geozone.access.sealing import IdentifierKeys
from geozone.errors import StoreError

__all__ = [
    "KEYS_OPTION",
    "SEALED",
    "SealedTable",
    "keys_of",
    "next_seq",
    "open_frame",
    "open_texts",
    "seal_frame",
    "seal_texts",
]

KEYS_OPTION: Final = "geozone_identifiers"
"""Execution option of an engine: its ``IdentifierKeys``."""

Key = tuple[Any, ...]


class SealedTable(NamedTuple):
    """What of a table is encrypted.

    Attributes
    ----------
    key : tuple of str
        Columns that name the row; an encrypted text is bound to them.
    columns : tuple of str
        The encrypted ones.
    """

    key: tuple[str, ...]
    columns: tuple[str, ...]


SEALED: Final[Mapping[str, SealedTable]] = {
    "case_places": SealedTable(("case_id", "role"), ("address",)),
    "case_persons": SealedTable(("case_id",), ("person_name", "phone")),
    "geocodes": SealedTable(("case_id", "role"), ("geo_name", "geo_reason")),
    "review_decisions": SealedTable(("seq",), ("address_key", "reason")),
    "review_places": SealedTable(("decision", "case_id", "role", "place_revision"), ("before", "after")),
    "taught_aliases": SealedTable(("seq",), ("alias",)),
}


def keys_of(connection: Connection) -> IdentifierKeys:
    """Find the keys of a database.

    Parameters
    ----------
    connection : Connection
        Open.

    Returns
    -------
    IdentifierKeys
        Handed over when it was opened.

    Raises
    ------
    StoreError
        If none were.
    """
    found = connection.get_execution_options().get(KEYS_OPTION)
    if not isinstance(found, IdentifierKeys):
        raise StoreError("the database holds encrypted identifiers; name the file of their key")
    return found


def seal_texts(
    connection: Connection, table: str, column: str, texts: Iterable[str | None], keys: Iterable[Key]
) -> list[str | None]:
    """Encrypt texts of one column.

    Parameters
    ----------
    connection : Connection
        Open.
    table, column : str
        Where they go.
    texts : iterable of str or None
        The texts.
    keys : iterable of tuple
        The key of each row, as ``SEALED`` names its columns.

    Returns
    -------
    list of str or None
        What is written.
    """
    return keys_of(connection).seals().seal(texts, _cells(table, column, keys))


def open_texts(
    connection: Connection, table: str, column: str, sealed: Iterable[str | None], keys: Iterable[Key]
) -> list[str | None]:
    """Decrypt texts of one column.

    Parameters
    ----------
    connection : Connection
        Open.
    table, column : str
        Where they stood.
    sealed : iterable of str or None
        As read.
    keys : iterable of tuple
        The key of each row, as ``SEALED`` names its columns.

    Returns
    -------
    list of str or None
        The texts.

    Raises
    ------
    StoreError
        If a key is missing, or a text was changed or carried here from elsewhere.
    """
    held = keys_of(connection)
    try:
        return held.seals().open(sealed, _cells(table, column, keys))
    except KeyError:
        raise StoreError(
            f"{table} holds a text that was encrypted with a key that is not in {held.path}, or is damaged"
        ) from None


def seal_frame(connection: Connection, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Encrypt what must not be read of some rows.

    Parameters
    ----------
    connection : Connection
        Open.
    table : str
        Where the rows go; nothing is done if none of it is encrypted.
    frame : DataFrame
        Rows, with the columns that name them.

    Returns
    -------
    DataFrame
        As they are written.
    """
    return _turned(connection, table, frame, seal_texts)


def open_frame(connection: Connection, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Decrypt rows that were read.

    Parameters
    ----------
    connection : Connection
        Open.
    table : str
        Where they stood.
    frame : DataFrame
        Rows, with the columns that name them.

    Returns
    -------
    DataFrame
        Private: in clear.

    Raises
    ------
    StoreError
        If a key is missing, or a text was changed or carried here from elsewhere.
    """
    return _turned(connection, table, frame, open_texts)


def _turned(connection: Connection, table: str, frame: pd.DataFrame, turn: Any) -> pd.DataFrame:
    spec = SEALED.get(table)
    if spec is None or frame.empty:
        return frame
    named = [frame[name].tolist() for name in spec.key]
    turned = {}
    for column in spec.columns:
        if column in frame.columns and frame[column].notna().any():
            given = frame[column]
            plain = given.astype(object).where(given.notna(), None).tolist()
            found = turn(connection, table, column, plain, zip(*named, strict=True))
            turned[column] = pd.Series(found, index=frame.index, dtype="str")
    return frame.assign(**turned) if turned else frame


def _cells(table: str, column: str, keys: Iterable[Sequence[Any]]) -> Iterator[str]:
    begin = f"{table}.{column}"
    for key in keys:
        yield "\x1f".join((begin, *map(str, key)))


def next_seq(connection: Connection, table: str) -> int:
    """Take the number of the next row, which its encrypted texts are bound to.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    table : str
        A table numbered by ``seq``.

    Returns
    -------
    int
        Used by nobody else.
    """
    if connection.dialect.name == "sqlite":
        sql = f"SELECT coalesce(max(seq), 0) + 1 FROM {table}"
    else:
        sql = f"SELECT nextval(pg_get_serial_sequence('{table}', 'seq'))"
    return int(connection.exec_driver_sql(sql).scalar_one())
