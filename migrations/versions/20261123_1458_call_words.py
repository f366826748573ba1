"""call words: find the calls whose words are still kept

Revision ID: 0017
Revises: 0016
Deploy: safe beside the old code.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0017", "0016", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    kept = sa.text("words_deleted_at IS NULL")
    op.create_index("ix_calls_words_kept", "calls", ["client_id", "created_at"], postgresql_where=kept)


def downgrade() -> None:
    op.drop_index("ix_calls_words_kept", "calls")
