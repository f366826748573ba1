"""jobs: the queue's own tables, and when each periodic task last ran

Revision ID: 0007
Revises: 0006
Deploy: safe beside the old code; adds tables only.
"""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.domain.settings import DBSettings, Durability

revision, down_revision, branch_labels, depends_on = "0007", "0006", None, None

QUEUE = QueryBuilderEnvironment(DBSettings(durability=Durability.durable))  # a job survives a crash of the server

# The library notifies of deletions too, for limits that we do not use. Each NOTIFY takes a lock that
# all notifying commits of the database queue for, so a finished job must not notify anybody.
NOTIFY_OF_NEW_JOBS_ONLY = """
CREATE OR REPLACE TRIGGER tg_pgqueuer_changed AFTER INSERT ON pgqueuer
EXECUTE FUNCTION fn_pgqueuer_changed()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _run(QUEUE.build_install_query())
    op.execute(NOTIFY_OF_NEW_JOBS_ONLY)
    # A queue's rows live for milliseconds: vacuum by the hundred, not by the fifth of a table.
    op.execute(
        "ALTER TABLE pgqueuer SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,"
        " autovacuum_analyze_scale_factor = 0.02, fillfactor = 70)"
    )
    op.create_table(
        "periodic_runs",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_succeeded_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("last_error_code", sa.String(100)),
        sa.Column("runs", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_table("periodic_runs")
    _run(QUEUE.build_uninstall_query())


def _run(script: str) -> None:
    """Run the library's script statement by statement: the driver prepares one at a time."""
    for statement in _statements(script):
        op.get_bind().exec_driver_sql(statement)


def _statements(script: str) -> list[str]:
    """Split at semicolons, except within `$$`, where a function's body has its own."""
    pieces = script.split("$$")
    for inside in range(1, len(pieces), 2):
        pieces[inside] = pieces[inside].replace(";", "\0")
    statements = (statement.replace("\0", ";").strip() for statement in "$$".join(pieces).split(";"))
    return [statement for statement in statements if statement]
