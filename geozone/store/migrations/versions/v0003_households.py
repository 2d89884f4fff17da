"""Households beside the population of a commune.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; unknown for every commune imported before."""
    op.add_column("population", sa.Column("households", sa.Double))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("population", "households")
