"""clients: the businesses that take bookings, and the keys that act for them

Revision ID: 0001
Revises:
Deploy: the first one; nothing runs beside it. `btree_gist` is for the exclusion constraint of claims.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_clients()
    _create_api_keys()


def _create_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_key", sa.String(63), nullable=False, unique=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("region", sa.String(2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("phone", sa.String(16)),
        sa.Column("cancel_window_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hold_seconds", sa.Integer(), server_default="300", nullable=False),
        sa.Column("status", sa.String(10), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("configuration_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("client_key ~ '^[a-z0-9](-?[a-z0-9])*$' AND length(client_key) >= 3", name="client_key"),
        sa.CheckConstraint("status IN ('active', 'inactive')", name="status"),
        sa.CheckConstraint("hold_seconds BETWEEN 30 AND 3600", name="hold_seconds"),
        sa.CheckConstraint("cancel_window_minutes BETWEEN 0 AND 43200", name="cancel_window_minutes"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("clients.id")),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("scopes", pg.ARRAY(sa.String(32)), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("last_used_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("rotated_from", sa.Uuid(), sa.ForeignKey("api_keys.id")),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "scopes <@ ARRAY['bookings:read','bookings:write','clients:admin','ops:read','ops:write']::varchar[]",
            name="scopes",
        ),
        sa.CheckConstraint(
            "client_id IS NULL OR NOT scopes && ARRAY['ops:read','ops:write']::varchar[]", name="operator_scopes"
        ),
    )
    op.create_index("ix_api_keys_client_id_id", "api_keys", ["client_id", "id"])


def downgrade() -> None:
    op.drop_table("api_keys")
    op.drop_table("clients")
    op.execute("DROP EXTENSION IF EXISTS btree_gist")
