"""Decisions of reviewers, the places they settled, and the aliases they taught.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("review_decisions", "review_places")


def upgrade() -> None:
    """Make the tables of the review."""
    _decisions()
    _places()
    _aliases()
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def downgrade() -> None:
    """Drop them; geocodes set by hand stay as they are."""
    postgresql = op.get_bind().dialect.name != "sqlite"
    op.drop_table("taught_aliases")
    for name in reversed(_APPEND_ONLY):
        op.drop_table(name)
    if postgresql:
        op.execute("DROP FUNCTION geozone_append_only()")


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, nullable=False, autoincrement=True)


def _decisions() -> None:
    op.create_table(
        "review_decisions",
        _seq(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
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
        sa.PrimaryKeyConstraint("seq", name="pk_review_decisions"),
    )
    op.create_index("ix_review_decisions_address_key", "review_decisions", ["address_key"])


def _places() -> None:
    op.create_table(
        "review_places",
        _seq(),
        sa.Column("decision", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("place_revision", sa.Integer, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["review_decisions.seq"], name="fk_review_places_decision"),
        sa.PrimaryKeyConstraint("seq", name="pk_review_places"),
    )
    op.create_index("ix_review_places_decision", "review_places", ["decision"])


def _aliases() -> None:
    op.create_table(
        "taught_aliases",
        _seq(),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("decision", sa.Integer),
        sa.Column("taught_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taught_by", sa.Text, nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True)),
        sa.Column("forgotten_by", sa.Text),
        sa.ForeignKeyConstraint(["decision"], ["review_decisions.seq"], name="fk_taught_aliases_decision"),
        sa.PrimaryKeyConstraint("seq", name="pk_taught_aliases"),
    )
    op.create_index("ix_taught_aliases_decision", "taught_aliases", ["decision"])


def _refuse_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only ever appended to'); END"
            )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION geozone_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is only ever appended to'; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION geozone_append_only()"
        )
