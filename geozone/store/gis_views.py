"""Views with geometry columns, which QGIS and ``ogrinfo`` open directly; on PostGIS only.

They lie in a schema of their own, so that a role can be given the views without the tables. No name,
telephone number or address is in them; points of cases are, so the role must be that of an analyst.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from geozone.errors import StoreError

__all__ = ["GIS_SCHEMA", "drop_gis_views", "has_gis_views", "make_gis_views"]

GIS_SCHEMA = "geozone_gis"
"""Schema of the views."""

_POINT = "{gis}.ST_SetSRID({gis}.ST_MakePoint({lon}, {lat}), 4326)::{gis}.geometry(Point, 4326) AS geom"
_VIEWS = {
    "case_points": (
        "row_number() OVER (ORDER BY c.seq, g.role)::integer AS id, c.case_id, g.role, c.report_date, "
        "c.disease, c.case_class, c.count, g.geo_status, g.geo_level, g.geo_commune_code, "
        "g.geo_uncertainty_m",
        "{here}.cases c JOIN {here}.geocodes g ON g.case_id = c.case_id",
        ("g.geo_lon", "g.geo_lat"),
    ),
    "facility_points": (
        "row_number() OVER (ORDER BY f.seq)::integer AS id, f.facility_id, f.name, f.kind",
        "{here}.facilities f",
        ("f.lon", "f.lat"),
    ),
}


def make_gis_views(connection: Connection) -> tuple[str, ...]:
    """Make the views, or make them anew.

    Parameters
    ----------
    connection : Connection
        A write transaction on PostgreSQL.

    Returns
    -------
    tuple of str
        Their names, with the schema.

    Raises
    ------
    StoreError
        If the database is not PostgreSQL with PostGIS.
    """
    if connection.dialect.name != "postgresql":
        raise StoreError("geometry columns need PostgreSQL with PostGIS; this is a SQLite file")
    gis = connection.exec_driver_sql(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
        "WHERE e.extname = 'postgis'"
    ).scalar()
    if gis is None:
        raise StoreError("the database has no PostGIS; its owner adds it with: CREATE EXTENSION postgis")
    here = connection.exec_driver_sql("SELECT current_schema()").scalar()
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {GIS_SCHEMA}")
    drop_gis_views(connection)
    for name, (columns, tables, (lon, lat)) in _VIEWS.items():
        point = _POINT.format(gis=f'"{gis}"', lon=lon, lat=lat)
        source = tables.format(here=f'"{here}"')
        connection.exec_driver_sql(
            f"CREATE VIEW {GIS_SCHEMA}.{name} AS SELECT {columns}, {point} FROM {source} "
            f"WHERE {lon} IS NOT NULL AND {lat} IS NOT NULL"
        )
    return tuple(f"{GIS_SCHEMA}.{name}" for name in _VIEWS)


def drop_gis_views(connection: Connection) -> None:
    """Remove the views, as before a change of the tables.

    Parameters
    ----------
    connection : Connection
        A write transaction on PostgreSQL.
    """
    for name in _VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {GIS_SCHEMA}.{name}")


def has_gis_views(connection: Connection) -> bool:
    """Tell whether the views are there.

    Parameters
    ----------
    connection : Connection
        The database.

    Returns
    -------
    bool
        Never on SQLite.
    """
    if connection.dialect.name != "postgresql":
        return False
    found = connection.exec_driver_sql(
        f"SELECT count(*) FROM pg_views WHERE schemaname = '{GIS_SCHEMA}'"
    ).scalar()
    return bool(found)
