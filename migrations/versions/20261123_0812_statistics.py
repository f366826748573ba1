"""statistics: the server's own view of statements, where it may be had

Revision ID: 0012
Revises: 0011
Deploy: safe beside the old code. A role that may not create the extension, or a server that lacks it, goes without.
"""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0012", "0011", None, None

TRY = """
DO $$ BEGIN
    {order};
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '%', SQLERRM;
END $$
"""


def upgrade() -> None:
    op.execute(TRY.format(order="CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))


def downgrade() -> None:
    op.execute(TRY.format(order="DROP EXTENSION IF EXISTS pg_stat_statements"))
