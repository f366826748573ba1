"""notices: every process hears of changed keys and clients; a limit of a key's own

Revision ID: 0010
Revises: 0009
Deploy: safe beside the old code, which hears nothing and knows no limits of keys.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0010", "0009", None, None

# Equal notices of one transaction are sent once: the server sees to it.
TELL_OF_KEY = """
CREATE FUNCTION tell_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('booking_caches', 'keys:*');
    ELSE
        PERFORM pg_notify('booking_caches', 'keys:' || OLD.id);
    END IF;
    RETURN NULL;
END $$
"""

# Clients are remembered by their public name, and keys remember it too.
TELL_OF_CLIENT = """
CREATE FUNCTION tell_of_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('booking_caches', 'clients:*');
        RETURN NULL;
    END IF;
    PERFORM pg_notify('booking_caches', 'clients:' || OLD.client_key);
    IF TG_OP = 'UPDATE' THEN
        IF OLD.client_key <> NEW.client_key THEN
            PERFORM pg_notify('booking_caches', 'keys:*');
        END IF;
    END IF;
    RETURN NULL;
END $$
"""

# Noting when a key was used, about once a minute, changes nothing that is remembered; nor does a new row.
OF_EACH_ROW = {
    "api_keys": "DELETE OR UPDATE OF id, client_id, scopes, key_hash, expires_at, revoked_at, requests_per_minute",
    "clients": "DELETE OR UPDATE",
}
FUNCTIONS = {"api_keys": "tell_of_key", "clients": "tell_of_client"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("api_keys", sa.Column("requests_per_minute", sa.Integer()))
    op.create_check_constraint(
        op.f("ck_api_keys_requests_per_minute"), "api_keys", "requests_per_minute BETWEEN 1 AND 100000"
    )
    op.execute(TELL_OF_KEY)
    op.execute(TELL_OF_CLIENT)
    for table, function in FUNCTIONS.items():
        tell = f"EXECUTE FUNCTION {function}()"
        op.execute(f"CREATE TRIGGER notice_of_row AFTER {OF_EACH_ROW[table]} ON {table} FOR EACH ROW {tell}")
        op.execute(f"CREATE TRIGGER notice_of_all AFTER TRUNCATE ON {table} FOR EACH STATEMENT {tell}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table, function in FUNCTIONS.items():
        op.execute(f"DROP TRIGGER notice_of_row ON {table}")
        op.execute(f"DROP TRIGGER notice_of_all ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_column("api_keys", "requests_per_minute")
