"""customers: people who book, one per phone and client

Revision ID: 0004
Revises: 0003
Deploy: safe beside the old code; adds a table only.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "customers",
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("clients.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("phone", sa.String(16)),
        sa.Column("name", sa.String(120)),
        sa.Column("email", sa.String(254)),
        sa.Column("erased_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("(erased_at IS NULL) = (phone IS NOT NULL)", name="erased"),
        sa.CheckConstraint("erased_at IS NULL OR (name IS NULL AND email IS NULL)", name="erased_whole"),
    )
    op.create_index("uq_customers_client_id_phone", "customers", ["client_id", "phone"], unique=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_table("customers")
