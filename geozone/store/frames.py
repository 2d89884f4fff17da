"""Between data frames and rows: fast both ways, with the dtypes of the contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from geozone.schema import Column
from geozone.store.sealed import seal_frame

__all__ = ["among", "execute_many", "fetch", "insert", "insert_rows", "moment", "quoted", "read", "records"]

_CHUNK = 20_000

Values = Sequence[Any]


def among(column: str, values: Sequence[str]) -> str:
    """Write the condition that a column has one of some values.

    Parameters
    ----------
    column : str
        The column.
    values : sequence of str
        The values, which ``read`` is handed too; at least one.

    Returns
    -------
    str
        What stands after the tables.
    """
    return f"WHERE {column} IN ({', '.join('?' * len(values))})"


def read(
    connection: Connection, table: str, columns: Sequence[Column], *, tail: str = "", values: Values = ()
) -> pd.DataFrame:
    """Read columns of a table or join, in the dtypes of a contract.

    Parameters
    ----------
    connection : Connection
        Where to read.
    table : str
        What stands after ``FROM``.
    columns : sequence of Column
        What to read; a name may be qualified (``g.geo_lon``).
    tail : str
        Conditions and order, with ``?`` for each value.
    values : sequence
        The values of the conditions.

    Returns
    -------
    DataFrame
        One row per row found, in the order asked.
    """
    names = ", ".join(quoted(column.name) for column in columns)
    rows = fetch(connection, f"SELECT {names} FROM {table} {tail}", values)
    by_column: Iterable[Values] = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pd.DataFrame(
        {
            column.name.rpartition(".")[2]: _FROM_ROWS[column.kind](found)
            for column, found in zip(columns, by_column, strict=True)
        }
    )


def fetch(connection: Connection, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Read rows as the driver gives them.

    Parameters
    ----------
    connection : Connection
        Where to read.
    sql : str
        With ``?`` for each value.
    values : sequence
        The values.

    Returns
    -------
    list of tuple
        Plain rows.
    """
    # The driver's own cursor gives plain tuples, in half the time; the transaction is the same.
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        found: list[tuple[Any, ...]] = cursor.execute(
            _placeholders(connection, sql), tuple(values)
        ).fetchall()
    finally:
        cursor.close()
    return found


def insert(
    connection: Connection,
    table: str,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    constants: dict[str, Any] | None = None,
    *,
    tail: str = "",
) -> None:
    """Insert every row of a data frame, encrypting what must not be read.

    Parameters
    ----------
    connection : Connection
        A transaction.
    table : str
        Where to.
    frame : DataFrame
        Holds the columns, in the dtypes of the contract.
    columns : sequence of Column
        What to insert.
    constants : dict, optional
        Columns with one value for all rows.
    tail : str
        What follows the values, such as ``ON CONFLICT ...``.
    """
    constants = constants or {}
    names = [*(column.name for column in columns), *constants]
    for start in range(0, len(frame), _CHUNK):
        part = seal_frame(connection, table, frame.iloc[start : start + _CHUNK])
        insert_rows(connection, table, names, records(part, columns, tuple(constants.values())), tail=tail)


def insert_rows(
    connection: Connection, table: str, names: Sequence[str], rows: list[tuple[Any, ...]], *, tail: str = ""
) -> None:
    """Insert rows of plain values in the fastest way the database has.

    Parameters
    ----------
    connection : Connection
        A transaction.
    table : str
        Where to.
    names : sequence of str
        Columns, in the order of the values.
    rows : list of tuple
        The values.
    tail : str
        What follows the values, such as ``ON CONFLICT ...``.
    """
    listed = ", ".join(map(quoted, names))
    if connection.dialect.name == "sqlite":
        execute_many(
            connection, f"INSERT INTO {table} ({listed}) VALUES ({', '.join('?' * len(names))}) {tail}", rows
        )
        return
    target = f"staged_{table}" if tail else table
    if tail:
        connection.exec_driver_sql(f"CREATE TEMP TABLE {target} AS SELECT {listed} FROM {table} WITH NO DATA")
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {target} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if tail:
        connection.exec_driver_sql(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {target} {tail}")
        connection.exec_driver_sql(f"DROP TABLE {target}")


def execute_many(connection: Connection, sql: str, rows: list[tuple[Any, ...]]) -> None:
    """Run one statement for many rows.

    Parameters
    ----------
    connection : Connection
        A transaction.
    sql : str
        With ``?`` for each value.
    rows : list of tuple
        The values; nothing happens if there are none.
    """
    if rows:
        connection.exec_driver_sql(_placeholders(connection, sql), rows)


def records(
    frame: pd.DataFrame, columns: Sequence[Column], constants: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """Turn a data frame into rows of plain values, ``None`` where one is missing.

    Parameters
    ----------
    frame : DataFrame
        Holds the columns, in the dtypes of the contract.
    columns : sequence of Column
        What to take, in order.
    constants : tuple
        Values put at the end of every row.

    Returns
    -------
    list of tuple
        In row order.
    """
    parts = [_TO_ROWS[column.kind](frame[column.name]) for column in columns]
    parts += [[value] * len(frame) for value in constants]
    return list(zip(*parts, strict=True))


def moment(connection: Connection, at: datetime) -> datetime | str:
    """Write a moment as the tables keep it.

    Parameters
    ----------
    connection : Connection
        Where to.
    at : datetime
        With its zone.

    Returns
    -------
    datetime or str
        What the driver takes.

    Raises
    ------
    ValueError
        If the time has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S.%f") if connection.dialect.name == "sqlite" else utc


def quoted(name: str) -> str:
    """Quote a column whose name is a word of SQL.

    Parameters
    ----------
    name : str
        Name of a column.

    Returns
    -------
    str
        As it must stand in a statement.
    """
    return '"count"' if name == "count" else name


def _placeholders(connection: Connection, sql: str) -> str:
    if connection.dialect.name == "sqlite":
        return sql
    return sql.replace("%", "%%").replace("?", "%s")


def _objects(values: pd.Series) -> list[Any]:
    plain = values.astype(object)
    return plain.where(values.notna(), None).tolist()  # type: ignore[no-any-return]


def _number_rows(values: pd.Series) -> list[Any]:
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    plain = numbers.astype(object)
    plain[np.isnan(numbers)] = None
    return plain.tolist()  # type: ignore[no-any-return]


def _integer_rows(values: pd.Series) -> list[Any]:
    return values.astype("Int64").to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[no-any-return]


def _boolean_rows(values: pd.Series) -> list[Any]:
    return values.astype("boolean").to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[no-any-return]


def _date_rows(values: pd.Series) -> list[Any]:
    days = np.datetime_as_string(values.to_numpy().astype("datetime64[D]")).astype(object)
    days[values.isna().to_numpy()] = None
    return days.tolist()  # type: ignore[no-any-return]


_TO_ROWS: dict[str, Callable[[pd.Series], list[Any]]] = {
    "string": _objects,
    "integer": _integer_rows,
    "number": _number_rows,
    "date": _date_rows,
    "boolean": _boolean_rows,
}


def _integers(values: Values) -> pd.Series:
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    if missing.any():
        filled = np.fromiter((value or 0 for value in values), dtype="int64", count=len(values))
    else:
        filled = np.array(values, dtype="int64")
    return pd.Series(pd.arrays.IntegerArray(filled, missing))


def _booleans(values: Values) -> pd.Series:
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    filled = np.fromiter((bool(value) for value in values), dtype=bool, count=len(values))
    return pd.Series(pd.arrays.BooleanArray(filled, missing))


_FROM_ROWS: dict[str, Callable[[Values], pd.Series]] = {
    "string": lambda values: pd.Series(list(values), dtype="str"),
    "integer": _integers,
    "number": lambda values: pd.Series(np.array(values, dtype="float64")),
    "date": lambda values: pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[s]")),
    "boolean": _booleans,
}
