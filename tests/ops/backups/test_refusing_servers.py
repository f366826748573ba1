"""Servers that refuse a step: told by a name and a code, in words that quote no row."""

import secrets

import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.drills.errors import ScratchRefused
from app.ops.backups.drills.service import drilling
from app.ops.backups.drills.service.drilling import drill
from app.ops.backups.errors import DumpFailed, RestoreFailed
from app.ops.backups.restores.service import restoring
from app.ops.backups.service.snapshots import connected
from tests.ops.backups.conftest import look
from tests.ops.backups.disturbing import run
from tests.ops.backups.restores.conftest import databases_like, name_of, restored  # noqa: F401 - fixtures

PRIVATE = "+4915112345678"
QUOTING = f"""
DO $$ BEGIN
    RAISE unique_violation USING MESSAGE = 'duplicate key', DETAIL = 'Key (phone)=({PRIVATE}) already exists.';
END $$
"""


@pytest.fixture
async def clerk(own_url):
    """A database's URL for a role that may do nothing."""
    name = f"clerk_{secrets.token_hex(4)}"
    async with connected(own_url) as connection:
        await connection.execute(f"CREATE ROLE {name} LOGIN")
    yield make_url(own_url).set(username=name).render_as_string(hide_password=False)
    async with connected(own_url) as connection:
        await connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


async def test_a_role_that_may_not_read_everything_is_told_what_to_grant(make_context, clerk, own_url):
    run_id = new_id()

    with pytest.raises(DumpFailed, match="grant it pg_read_all_data"):
        await run(make_context(database_url=clerk), run_id=run_id)
    async with connected(own_url) as connection:
        await connection.execute(f"GRANT SELECT ON alembic_version TO {make_url(clerk).username}")
    with pytest.raises(DumpFailed, match=r"grant it pg_read_all_data|permission denied"):
        await run(make_context(database_url=clerk))


async def test_a_standby_is_refused_as_a_place_for_drills(make_context, own_url, context, backup):
    async with connected(own_url) as connection:
        name = make_url(own_url).database
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    with pytest.raises(ScratchRefused):
        await drill(make_context(drill_database_url=own_url), look(context).backups[-1], unheard, now=utcnow())


async def refused(database_url, *_rest, **_named):
    async with connected(database_url) as connection:
        await connection.execute(QUOTING)


async def test_what_a_server_says_in_a_drill_is_told_by_its_code_and_proves_nothing(context, backup, monkeypatch):
    monkeypatch.setattr(drilling, "compare", refused)

    with pytest.raises(RestoreFailed) as failure:
        await drill(context, look(context).backups[-1], unheard, now=utcnow())

    assert failure.value.detail == "The server refused a step of the drill (SQLSTATE 23505)."
    assert failure.value.__suppress_context__
    assert look(context).backups[-1].proofs == ()


async def test_what_a_server_says_in_a_restore_is_told_by_its_code(context, backup, restored, monkeypatch):  # noqa: F811
    monkeypatch.setattr(restoring, "compare", refused)

    with pytest.raises(RestoreFailed) as failure:
        await restored(context, backup)

    assert PRIVATE not in failure.value.detail
    assert "23505" in failure.value.detail
