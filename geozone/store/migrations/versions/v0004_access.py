"""Accounts, sessions, keys for machines, the steps of a draft; the audit is only ever appended to.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("draft_steps", "audit")
_VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Make the tables, and shut those that are only ever appended to."""
    _steps()
    _accounts()
    _sessions()
    _keys()
    for table in _APPEND_ONLY:
        for statement in _shut(table):
            op.execute(statement)


def downgrade() -> None:
    """Drop them, and open the audit as it was."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in _VERBS:
            op.execute(f"DROP TRIGGER audit_no_{verb.lower()}")
    else:
        op.execute("DROP TRIGGER audit_append_only ON audit")
    for table in ("api_keys", "sessions", "accounts", "draft_steps"):
        op.drop_table(table)


def _shut(table: str) -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is only ever appended to'); END"
            for verb in _VERBS
        ]
    return [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION geozone_append_only()"
    ]


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, nullable=False, autoincrement=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _steps() -> None:
    op.create_table(
        "draft_steps",
        _seq(),
        sa.Column("draft", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        _moment("at"),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_draft_steps"),
    )
    op.create_index("ix_draft_steps_draft", "draft_steps", ["draft"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        _seq(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("areas", sa.Text),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        _moment("locked_until", nullable=True),
        _moment("created_at"),
        sa.Column("created_by", sa.Text, nullable=False),
        _moment("secret_expires_at", nullable=True),
        _moment("changed_at"),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sa.UniqueConstraint("subject", name="uq_accounts_subject"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        _seq(),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("account_revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("previous_sha256", sa.Text),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.seq"], name="fk_sessions_account_id"),
        sa.UniqueConstraint("secret_sha256", name="uq_sessions_secret_sha256"),
        sa.UniqueConstraint("previous_sha256", name="uq_sessions_previous_sha256"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])


def _keys() -> None:
    op.create_table(
        "api_keys",
        _seq(),
        sa.Column("public_id", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("areas", sa.Text),
        sa.Column("attributes", sa.Text, nullable=False),
        _moment("created_at"),
        sa.Column("created_by", sa.Text, nullable=False),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.seq"], name="fk_api_keys_account_id"),
        sa.UniqueConstraint("public_id", name="uq_api_keys_public_id"),
    )
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id"])
