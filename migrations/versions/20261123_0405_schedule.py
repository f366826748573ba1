"""schedule: opening hours, and claims of which no two overlap on one resource

Revision ID: 0005
Revises: 0004
Deploy: safe beside the old code; adds tables and the extension btree_gist only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision, branch_labels, depends_on = "0005", "0004", None, None


def _owner(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["client_id", column], [f"{table}.client_id", f"{table}.id"])


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    # Equality of uuids inside a GiST index; trusted, so the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_hours()
    _create_sessions()
    _create_claims()
    _create_busy_times()


def _create_hours() -> None:
    op.create_table(
        "opening_hours",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("resource_id", sa.Uuid(), primary_key=True),
        sa.Column("weekly", pg.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _owner("resource_id", "resources"),
    )
    op.create_table(
        "date_overrides",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("resource_id", sa.Uuid(), primary_key=True),
        sa.Column("date", sa.Date(), primary_key=True),
        sa.Column("windows", pg.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _owner("resource_id", "resources"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        _owner("service_id", "services"),
        _owner("resource_id", "resources"),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="seats"),
        sa.CheckConstraint("starts_at < ends_at", name="span"),
    )
    op.create_index(
        "uq_sessions_span",
        "sessions",
        ["client_id", "service_id", "resource_id", "starts_at", "ends_at"],
        unique=True,
    )


def _create_claims() -> None:
    """Create the claims; their foreign key to bookings comes with the bookings."""
    op.create_table(
        "claims",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("blocked", pg.TSTZRANGE(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True)),
        _owner("resource_id", "resources"),
        _owner("service_id", "services"),
        _owner("session_id", "sessions"),
        pg.ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.column("resource_id"), "="),
            (sa.column("blocked"), "&&"),
            where=sa.text("active"),
            name="claims_no_overlap",
            using="gist",
        ),
        sa.CheckConstraint("(booking_id IS NULL) <> (session_id IS NULL)", name="owner"),
        sa.CheckConstraint(
            "NOT isempty(blocked) AND NOT lower_inf(blocked) AND NOT upper_inf(blocked)", name="blocked"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="span"),
    )
    op.create_index("ix_claims_booking_id", "claims", ["client_id", "booking_id"])
    op.create_index("ix_claims_session_id", "claims", ["client_id", "session_id"])


def _create_busy_times() -> None:
    op.create_table(
        "busy_times",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("source_id", sa.String(1024), nullable=False),
        _owner("resource_id", "resources"),
        sa.CheckConstraint("starts_at < ends_at", name="span"),
    )
    op.create_index("ix_busy_times_resource_id", "busy_times", ["client_id", "resource_id", "starts_at"])
    op.create_index(
        "uq_busy_times_source", "busy_times", ["client_id", "resource_id", "source", "source_id"], unique=True
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_table("busy_times")
    op.drop_table("claims")
    op.drop_table("sessions")
    op.drop_table("date_overrides")
    op.drop_table("opening_hours")
    # The extension stays: it may have been there before, and others may use it.
