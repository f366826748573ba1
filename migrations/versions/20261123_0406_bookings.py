"""bookings: appointments, and a history that cannot be rewritten

Revision ID: 0006
Revises: 0005
Deploy: safe beside the old code; adds tables and one foreign key to a table that nothing writes yet.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None

REFUSE = """
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: history is only added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

# Of the statement, not of each row: an UPDATE that meets no row is refused too.
GUARD = """
CREATE TRIGGER booking_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON booking_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _create_bookings()
    _index_bookings()
    op.create_foreign_key(
        "fk_claims_booking_id_bookings", "claims", "bookings", ["client_id", "booking_id"], ["client_id", "id"]
    )
    op.create_table(
        "booking_events",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("data", pg.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["client_id", "booking_id"], ["bookings.client_id", "bookings.id"]),
    )
    op.create_index("ix_booking_events_booking_id", "booking_events", ["client_id", "booking_id", "id"])
    op.execute(REFUSE)
    op.execute(GUARD)


def _create_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seats", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("cancel_reason", sa.Text()),
        sa.Column("metadata", pg.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("price_minor", sa.Integer()),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("hold_token_hash", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["client_id", "service_id"], ["services.client_id", "services.id"]),
        sa.ForeignKeyConstraint(["client_id", "customer_id"], ["customers.client_id", "customers.id"]),
        sa.ForeignKeyConstraint(["client_id", "session_id"], ["sessions.client_id", "sessions.id"]),
        sa.CheckConstraint(
            "status IN ('held', 'confirmed', 'completed', 'no_show', 'cancelled', 'expired')", name="status"
        ),
        sa.CheckConstraint("channel IN ('api', 'voice', 'sms', 'web', 'calendar')", name="channel"),
        sa.CheckConstraint("status <> 'held' OR expires_at IS NOT NULL", name="held_expires"),
        sa.CheckConstraint(
            "status NOT IN ('confirmed', 'completed', 'no_show') OR customer_id IS NOT NULL", name="customer"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="span"),
        sa.CheckConstraint("seats BETWEEN 1 AND 1000", name="seats"),
    )


def _index_bookings() -> None:
    op.create_index("ix_bookings_starts_at", "bookings", ["client_id", "starts_at", "id"])
    op.create_index("ix_bookings_updated_at", "bookings", ["client_id", "updated_at", "id"])
    op.create_index("ix_bookings_customer_id", "bookings", ["client_id", "customer_id", "starts_at"])
    op.create_index(
        "ix_bookings_session_id",
        "bookings",
        ["client_id", "session_id"],
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index("ix_bookings_expires_at", "bookings", ["expires_at"], postgresql_where=sa.text("status = 'held'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_constraint("fk_claims_booking_id_bookings", "claims", type_="foreignkey")
    op.drop_table("booking_events")
    op.drop_table("bookings")
    op.execute("DROP FUNCTION refuse_change_of_history()")
