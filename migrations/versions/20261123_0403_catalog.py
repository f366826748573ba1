"""catalog: services, resources and which resource serves what

Revision ID: 0003
Revises: 0002
Deploy: safe beside the old code; adds tables only.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _create_services()
    _create_resources()


def _create_services() -> None:
    op.create_table(
        "services",
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("clients.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("interval_minutes", sa.Integer()),
        sa.Column("grid", sa.String(10), server_default="window", nullable=False),
        sa.Column("min_notice_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_advance_days", sa.Integer(), server_default="90", nullable=False),
        sa.Column("max_per_day", sa.Integer()),
        sa.Column("capacity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("price_minor", sa.Integer()),
        sa.Column("assign", sa.String(3), server_default="any", nullable=False),
        sa.Column("status", sa.String(10), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="duration_minutes"),
        sa.CheckConstraint("buffer_before_minutes BETWEEN 0 AND 1440", name="buffer_before_minutes"),
        sa.CheckConstraint("buffer_after_minutes BETWEEN 0 AND 1440", name="buffer_after_minutes"),
        sa.CheckConstraint("interval_minutes BETWEEN 1 AND 1440", name="interval_minutes"),
        sa.CheckConstraint("grid IN ('window', 'clock', 'free_start')", name="grid"),
        sa.CheckConstraint("min_notice_minutes BETWEEN 0 AND 525600", name="min_notice_minutes"),
        sa.CheckConstraint("max_advance_days BETWEEN 0 AND 730", name="max_advance_days"),
        sa.CheckConstraint("max_per_day BETWEEN 1 AND 1000", name="max_per_day"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
        sa.CheckConstraint("price_minor BETWEEN 0 AND 1000000000", name="price_minor"),
        sa.CheckConstraint("assign IN ('any', 'all')", name="assign"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status"),
    )


def _create_resources() -> None:
    op.create_table(
        "resources",
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("clients.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), server_default="staff", nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("status", sa.String(10), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('staff', 'room', 'equipment')", name="kind"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status"),
    )
    op.create_table(
        "service_resources",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("service_id", sa.Uuid(), primary_key=True),
        sa.Column("resource_id", sa.Uuid(), primary_key=True),
        sa.ForeignKeyConstraint(["client_id", "service_id"], ["services.client_id", "services.id"]),
        sa.ForeignKeyConstraint(["client_id", "resource_id"], ["resources.client_id", "resources.id"]),
    )
    op.create_index("ix_service_resources_resource_id", "service_resources", ["client_id", "resource_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_table("service_resources")
    op.drop_table("resources")
    op.drop_table("services")
