"""backups: what became of backups, drills and checks of the data

Revision ID: 0013
Revises: 0012
Deploy: safe beside the old code, which knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision, branch_labels, depends_on = "0013", "0012", None, None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "backup_runs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("backup_id", sa.Uuid()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("location", sa.String(700)),
        sa.Column("encrypted", sa.Boolean()),
        sa.Column("level", sa.SmallInteger()),
        sa.Column("error_code", sa.String(50)),
        sa.Column("error", sa.String(500)),
        sa.Column("host", sa.String(100)),
        sa.Column("tool_version", sa.String(20)),
        sa.Column("server_version", sa.String(20)),
        sa.Column("migration", sa.String(40)),
        sa.Column("lsn", sa.String(30)),
    )
    op.create_index("ix_backup_runs_created_at", "backup_runs", ["created_at"])
    _create_checks()


def _create_checks() -> None:
    op.create_table(
        "integrity_checks",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_integrity_checks_started_at", "integrity_checks", ["started_at"])


def downgrade() -> None:
    op.drop_table("integrity_checks")
    op.drop_table("backup_runs")
