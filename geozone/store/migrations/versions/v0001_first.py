"""First tables.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "audit",
    "settings",
    "facilities",
    "doses",
    "population",
    "geocodes",
    "case_persons",
    "case_places",
    "cases",
    "sources",
)


def upgrade() -> None:
    """Make every table."""
    _sources_and_cases()
    _geocodes()
    _reference()
    _records()


def downgrade() -> None:
    """Drop every table."""
    for name in _TABLES:
        op.drop_table(name)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, nullable=False, autoincrement=True)


def _source(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.seq"], name=f"fk_{table}_source_id"),
    )


def _sources_and_cases() -> None:
    op.create_table(
        "sources",
        _seq(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_sources"),
        sa.UniqueConstraint("kind", "sha256", name="uq_sources_kind"),
    )
    op.create_table(
        "cases",
        _seq(),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("report_date", sa.Date, nullable=False),
        sa.Column("onset_date", sa.Date),
        sa.Column("disease", sa.Text, nullable=False),
        sa.Column("case_class", sa.Text, nullable=False),
        sa.Column("contact_degree", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("source_known", sa.Boolean),
        sa.Column("age", sa.Double),
        sa.Column("sex", sa.Text),
        *_source("cases"),
        sa.CheckConstraint('"count" >= 1', name=op.f("ck_cases_count")),
        sa.PrimaryKeyConstraint("seq", name="pk_cases"),
        sa.UniqueConstraint("case_id", name="uq_cases_case_id"),
    )
    op.create_index("ix_cases_source_id", "cases", ["source_id"])
    op.create_table(
        "case_places",
        _seq(),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("lon", sa.Double),
        sa.Column("lat", sa.Double),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name="fk_case_places_case_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_case_places"),
        sa.UniqueConstraint("case_id", "role", name="uq_case_places_case_id"),
    )
    op.create_table(
        "case_persons",
        _seq(),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("person_name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name="fk_case_persons_case_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_case_persons"),
        sa.UniqueConstraint("case_id", name="uq_case_persons_case_id"),
    )


def _geocodes() -> None:
    op.create_table(
        "geocodes",
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
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
        sa.Column("geocoded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "role"],
            ["case_places.case_id", "case_places.role"],
            name="fk_geocodes_case_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "role", name="pk_geocodes"),
    )


def _reference() -> None:
    op.create_table(
        "population",
        _seq(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("age_from", sa.Integer, nullable=False),
        sa.Column("age_to", sa.Integer),
        sa.Column("population", sa.Double),
        sa.Column("population_flag", sa.Text, nullable=False),
        *_source("population"),
        sa.PrimaryKeyConstraint("seq", name="pk_population"),
    )
    op.create_table(
        "doses",
        _seq(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("dose", sa.Integer, nullable=False),
        sa.Column("age_from", sa.Integer, nullable=False),
        sa.Column("age_to", sa.Integer),
        sa.Column("doses", sa.BigInteger, nullable=False),
        *_source("doses"),
        sa.CheckConstraint("doses >= 0", name=op.f("ck_doses_doses")),
        sa.PrimaryKeyConstraint("seq", name="pk_doses"),
    )
    op.create_table(
        "facilities",
        _seq(),
        sa.Column("facility_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lon", sa.Double, nullable=False),
        sa.Column("lat", sa.Double, nullable=False),
        *_source("facilities"),
        sa.PrimaryKeyConstraint("seq", name="pk_facilities"),
        sa.UniqueConstraint("facility_id", name="uq_facilities_facility_id"),
    )
    no_limit = sa.text("coalesce(age_to, -1)")
    for table, columns in (
        ("population", ["code", "age_from"]),
        ("doses", ["code", "date", "dose", "age_from"]),
    ):
        op.create_index(f"uq_{table}_key", table, [*columns, no_limit], unique=True)
    for table in ("population", "doses", "facilities"):
        op.create_index(f"ix_{table}_source_id", table, ["source_id"])


def _records() -> None:
    op.create_table(
        "settings",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
    op.create_table(
        "audit",
        _seq(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
