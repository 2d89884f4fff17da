"""The tables of the private database, the same on SQLite and PostgreSQL.

``seq`` keeps the order in which rows first came. Names and telephone numbers live in ``case_persons``
alone, so that no other query can return them by accident; they, addresses and all that may quote them are
encrypted (``sealed``), and ``identifier_keys`` names the keys in use. A case whose identifiers were erased
says since when (``erased_at``). A place has a ``revision`` that grows when its address, its point or the
report date of its case changes: a geocode made from an older revision is outdated. Decisions of reviewers
(``review_decisions``, ``review_places``), the steps of a draft (``draft_steps``) and the ``audit`` are only
ever appended: triggers refuse to change or remove them. Secrets of people and machines are kept as digests
only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

__all__ = ["METADATA", "UtcDateTime"]


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment, kept in UTC and given back with its zone on every database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn a moment into UTC.

        Parameters
        ----------
        value : datetime or None
            A moment with its zone.
        dialect : Dialect
            The database.

        Returns
        -------
        datetime or None
            The same moment in UTC.

        Raises
        ------
        ValueError
            If it has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give a moment its zone back.

        Parameters
        ----------
        value : datetime or None
            As the driver gives it: naive on SQLite.
        dialect : Dialect
            The database.

        Returns
        -------
        datetime or None
            In UTC.
        """
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True)


def _source() -> sa.Column[int]:
    return sa.Column("source_id", sa.ForeignKey("sources.seq"), nullable=False, index=True)


sa.Table(
    "sources",
    METADATA,
    _seq(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.UniqueConstraint("kind", "sha256"),
)

sa.Table(
    "cases",
    METADATA,
    _seq(),
    sa.Column("case_id", sa.Text, nullable=False, unique=True),
    sa.Column("count", sa.Integer, sa.CheckConstraint('"count" >= 1', name="count"), nullable=False),
    sa.Column("report_date", sa.Date, nullable=False),
    sa.Column("onset_date", sa.Date),
    sa.Column("disease", sa.Text, nullable=False),
    sa.Column("case_class", sa.Text, nullable=False),
    sa.Column("contact_degree", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("source_known", sa.Boolean),
    sa.Column("age", sa.Double),
    sa.Column("sex", sa.Text),
    _source(),
    sa.Column("erased_at", UtcDateTime),
)

_CASE = "cases.case_id"

sa.Table(
    "case_places",
    METADATA,
    _seq(),
    sa.Column("case_id", sa.ForeignKey(_CASE, ondelete="CASCADE"), nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("case_id", "role"),
)

sa.Table(
    "case_persons",
    METADATA,
    _seq(),
    sa.Column("case_id", sa.ForeignKey(_CASE, ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("person_name", sa.Text),
    sa.Column("phone", sa.Text),
)

sa.Table(
    "geocodes",
    METADATA,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("geo_status", sa.Text, nullable=False),
    sa.Column("geo_level", sa.Text, nullable=False),
    sa.Column("geo_score", sa.Double, nullable=False),
    sa.Column("geo_commune_code", sa.Text),
    sa.Column("geo_commune_code_2021", sa.Text),
    sa.Column("geo_lon", sa.Double),
    sa.Column("geo_lat", sa.Double),
    sa.Column("geo_uncertainty_m", sa.Double),
    sa.Column("geo_name", sa.Text),
    sa.Column("geo_candidates", sa.Text, nullable=False),
    sa.Column("geo_reason", sa.Text, nullable=False),
    sa.Column("manual", sa.Boolean, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("place_revision", sa.Integer, nullable=False),
    sa.Column("geocoded_at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(
        ["case_id", "role"], ["case_places.case_id", "case_places.role"], ondelete="CASCADE"
    ),
)

sa.Table(
    "review_decisions",
    METADATA,
    _seq(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("address_key", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("uncertainty_m", sa.Double),
    sa.Column("choice", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("undoes", sa.Integer),
)

sa.Table(
    "review_places",
    METADATA,
    _seq(),
    sa.Column("decision", sa.ForeignKey("review_decisions.seq"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("place_revision", sa.Integer, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text, nullable=False),
)

sa.Table(
    "taught_aliases",
    METADATA,
    _seq(),
    sa.Column("alias", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("edition", sa.Text, nullable=False),
    sa.Column("decision", sa.ForeignKey("review_decisions.seq"), index=True),
    sa.Column("taught_at", UtcDateTime, nullable=False),
    sa.Column("taught_by", sa.Text, nullable=False),
    sa.Column("forgotten_at", UtcDateTime),
    sa.Column("forgotten_by", sa.Text),
)

_population = sa.Table(
    "population",
    METADATA,
    _seq(),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("age_from", sa.Integer, nullable=False),
    sa.Column("age_to", sa.Integer),
    sa.Column("population", sa.Double),
    sa.Column("population_flag", sa.Text, nullable=False),
    _source(),
    sa.Column("households", sa.Double),
)
# "No limit" is NULL, and NULLs are distinct in a unique index: hence the expression.
sa.Index(
    "uq_population_key",
    _population.c.code,
    _population.c.age_from,
    sa.func.coalesce(_population.c.age_to, sa.literal_column("-1")),
    unique=True,
)

_doses = sa.Table(
    "doses",
    METADATA,
    _seq(),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("dose", sa.Integer, nullable=False),
    sa.Column("age_from", sa.Integer, nullable=False),
    sa.Column("age_to", sa.Integer),
    sa.Column("doses", sa.BigInteger, sa.CheckConstraint("doses >= 0", name="doses"), nullable=False),
    _source(),
)
sa.Index(
    "uq_doses_key",
    _doses.c.code,
    _doses.c.date,
    _doses.c.dose,
    _doses.c.age_from,
    sa.func.coalesce(_doses.c.age_to, sa.literal_column("-1")),
    unique=True,
)

sa.Table(
    "facilities",
    METADATA,
    _seq(),
    sa.Column("facility_id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("lon", sa.Double, nullable=False),
    sa.Column("lat", sa.Double, nullable=False),
    _source(),
)

sa.Table(
    "settings",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

sa.Table(
    "audit",
    METADATA,
    _seq(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

sa.Table("identifier_keys", METADATA, sa.Column("name", sa.Text, primary_key=True))

sa.Table(
    "draft_steps",
    METADATA,
    _seq(),
    sa.Column("draft", sa.Text, nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("note", sa.Text),
)


def _scope() -> tuple[sa.Column[str], sa.Column[str]]:
    """Limits as JSON: a list of codes or NULL for everywhere, and values by attribute."""
    return sa.Column("areas", sa.Text), sa.Column("attributes", sa.Text, nullable=False)


sa.Table(
    "accounts",
    METADATA,
    _seq(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    *_scope(),
    sa.Column("password", sa.Text),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("subject", sa.Text, unique=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("secret_expires_at", UtcDateTime),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
)

_ACCOUNT = "accounts.seq"

sa.Table(
    "sessions",
    METADATA,
    _seq(),
    sa.Column("account_id", sa.ForeignKey(_ACCOUNT), nullable=False, index=True),
    sa.Column("account_revision", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("previous_sha256", sa.Text, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)

sa.Table(
    "api_keys",
    METADATA,
    _seq(),
    sa.Column("public_id", sa.Text, nullable=False, unique=True),
    sa.Column("secret_sha256", sa.Text, nullable=False),
    sa.Column("account_id", sa.ForeignKey(_ACCOUNT), nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    *_scope(),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)
