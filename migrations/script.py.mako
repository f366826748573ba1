"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Deploy: say whether the old code can run beside it.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision, down_revision, branch_labels, depends_on = ${repr(up_revision)}, ${repr(down_revision)}, ${repr(branch_labels)}, ${repr(depends_on)}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")  # rather fail the deploy than queue the traffic
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
