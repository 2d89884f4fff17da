"""The part of the store that holds reference figures: population, doses and facilities."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from sqlalchemy.engine import Engine

from geozone.store.engine import reading, writing
from geozone.store.reference import REFERENCES, read_reference, replace_reference
from geozone.types import Source

__all__ = ["Figures"]


class Figures:
    """Population, doses and facilities of a store.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def population(self) -> pd.DataFrame:
        """Read people by commune and age band.

        Returns
        -------
        DataFrame
            ``POPULATION``.
        """
        return self._reference("population")

    def replace_population(
        self, table: pd.DataFrame, *, source: Source, imported_at: datetime, actor: str
    ) -> bool:
        """Replace the population of every commune that a file names; other communes stay.

        Parameters
        ----------
        table : DataFrame
            ``POPULATION``.
        source : Source
            The file.
        imported_at : datetime
            Time of import, with zone.
        actor : str
            Who imports.

        Returns
        -------
        bool
            Whether any row changed.

        Raises
        ------
        DataError
            If the table breaks its contract; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        return self._replace("population", table, source, imported_at, actor)

    def doses(self) -> pd.DataFrame:
        """Read doses given.

        Returns
        -------
        DataFrame
            ``DOSES``.
        """
        return self._reference("doses")

    def replace_doses(
        self, table: pd.DataFrame, *, source: Source, imported_at: datetime, actor: str
    ) -> bool:
        """Replace doses of the same commune, day, dose and age band; others stay.

        Parameters
        ----------
        table : DataFrame
            ``DOSES``.
        source : Source
            The file.
        imported_at : datetime
            Time of import, with zone.
        actor : str
            Who imports.

        Returns
        -------
        bool
            Whether any row changed.

        Raises
        ------
        DataError
            If the table breaks its contract; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        return self._replace("doses", table, source, imported_at, actor)

    def facilities(self) -> pd.DataFrame:
        """Read places to watch.

        Returns
        -------
        DataFrame
            ``FACILITIES``.
        """
        return self._reference("facilities")

    def replace_facilities(
        self, table: pd.DataFrame, *, source: Source, imported_at: datetime, actor: str
    ) -> bool:
        """Replace facilities of the same identifier; others stay.

        Parameters
        ----------
        table : DataFrame
            ``FACILITIES``.
        source : Source
            The file.
        imported_at : datetime
            Time of import, with zone.
        actor : str
            Who imports.

        Returns
        -------
        bool
            Whether any row changed.

        Raises
        ------
        DataError
            If the table breaks its contract; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        return self._replace("facilities", table, source, imported_at, actor)

    def _reference(self, name: str) -> pd.DataFrame:
        with reading(self._engine) as connection:
            return read_reference(connection, REFERENCES[name])

    def _replace(
        self, name: str, table: pd.DataFrame, source: Source, imported_at: datetime, actor: str
    ) -> bool:
        with writing(self._engine) as connection:
            return replace_reference(
                connection,
                REFERENCES[name],
                table,
                source=source,
                imported_at=imported_at,
                actor=actor,
            )
