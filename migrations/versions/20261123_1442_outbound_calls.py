"""outbound calls: when one was begun, which one it follows, and how often a missing report was looked for

Revision ID: 0016
Revises: 0015
Deploy: safe beside the old code, which knows nothing of these columns.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0016", "0015", None, None

INSTANT = sa.TIMESTAMP(timezone=True)
WAITING = "direction = 'out' AND status IN ('queued', 'dispatching', 'unknown', 'ringing', 'in_progress', 'forwarding')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("calls", sa.Column("tried_at", INSTANT))
    op.add_column("calls", sa.Column("follows_id", sa.Uuid()))
    op.add_column("calls", sa.Column("tries_before", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("calls", sa.Column("followed_at", INSTANT))
    op.add_column("calls", sa.Column("looks", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("calls", sa.Column("looked_at", INSTANT))
    op.create_index("ix_calls_under_way", "calls", ["tried_at"], postgresql_where=sa.text(WAITING))


def downgrade() -> None:
    op.drop_index("ix_calls_under_way", "calls")
    for column in ("looked_at", "looks", "followed_at", "tries_before", "follows_id", "tried_at"):
        op.drop_column("calls", column)
