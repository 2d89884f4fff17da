"""Names, telephone numbers, addresses and what may quote them are encrypted; cases can be erased.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

from geozone.store.identifiers import note_key
from geozone.store.rewriting import note_sweep, rewrite_table
from geozone.store.sealed import keys_of, open_texts, seal_texts

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SEALED = {
    "case_places": (("case_id", "role"), ("address",)),
    "case_persons": (("case_id",), ("person_name", "phone")),
    "geocodes": (("case_id", "role"), ("geo_name", "geo_reason")),
    "review_decisions": (("seq",), ("address_key", "reason")),
    "review_places": (("decision", "case_id", "role", "place_revision"), ("before", "after")),
    "taught_aliases": (("seq",), ("alias",)),
}


def upgrade() -> None:
    """Encrypt what is there, some rows at a time; what it overwrote is swept when that is on disk."""
    op.create_table(
        "identifier_keys",
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_identifier_keys"),
    )
    op.add_column("cases", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.drop_index("ix_review_decisions_address_key", table_name="review_decisions")
    if _turn(seal_texts):
        connection = op.get_bind()
        note_key(connection, keys_of(connection).seals().names[0])
        note_sweep(connection, needed=True)


def downgrade() -> None:
    """Decrypt everything."""
    _turn(open_texts)
    op.create_index("ix_review_decisions_address_key", "review_decisions", ["address_key"])
    op.drop_column("cases", "erased_at")
    op.drop_table("identifier_keys")


def _turn(turn: Any) -> bool:
    connection = op.get_bind()
    any_rows = False
    for table, (key, columns) in _SEALED.items():
        if connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first() is not None:
            any_rows = True
            rewrite_table(connection, table, columns, key, partial(turn, connection, table))
    return any_rows
