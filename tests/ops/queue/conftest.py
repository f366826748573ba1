"""Jobs in the application's own queue, in every state."""

import pytest
from sqlalchemy import text

from tests.jobs.conftest import name  # noqa: F401 - a fixture

JOB = text("""
INSERT INTO pgqueuer (priority, created, updated, execute_after, status, entrypoint, attempts)
VALUES (0, NOW() - CAST(CAST(:made AS text) AS interval), NOW() - CAST(CAST(:since AS text) AS interval),
        NOW() + CAST(CAST(:due AS text) AS interval), CAST(:status AS pgqueuer_status), :name, :attempts)
RETURNING id
""")
FAILURE = text(
    "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, traceback) VALUES (:id, 'failed', 0, :name,"
    " jsonb_build_object('exception_type', 'twilio_refused', 'exception_message', 'TwilioRefused at app/x.py:1 send'))"
)


@pytest.fixture
async def jobs(app, name):  # noqa: F811 - a fixture
    """Make jobs of this test's kind, or of another; none is left."""
    names = {name}

    async def make(status="failed", *, of=name, made="1 hour", since="0 s", due="0 s", attempts=5):
        names.add(of)
        values = {"status": status, "name": of, "made": made, "since": since, "due": due, "attempts": attempts}
        async with app.state.sessions.begin() as session:
            job = await session.scalar(JOB, values)
            if status == "failed":
                await session.execute(FAILURE, {"id": job, "name": of})
        return job

    yield make
    async with app.state.sessions.begin() as session:
        for table in ("pgqueuer", "pgqueuer_log"):
            await session.execute(text(f"DELETE FROM {table} WHERE entrypoint = ANY(:names)"), {"names": list(names)})


@pytest.fixture
def left(sql, name):  # noqa: F811 - a fixture
    """The states of this test's jobs, by number."""

    async def states():
        rows = await sql(f"SELECT id, status::text, attempts FROM pgqueuer WHERE entrypoint = '{name}' ORDER BY id")
        return {row.id: (row.status, row.attempts) for row in rows}

    return states
