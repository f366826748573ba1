"""docs/recovery.md does what it says: its steps, in their order, on a service with data, keys and a store."""

import asyncio
import re
import subprocess
from pathlib import Path

import pyrage
import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from tests.bench.filling import fill
from tests.bench.wishes import STAFF, offers
from tests.fixtures.database import in_a_thread
from tests.races.practice import found
from tests.races.processes import Web
from tests.render import KEY, POSTGRES, SERVICE, serving
from tests.shell import path_of

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"(?ms)^```bash\n(.*?)^```$", (ROOT / "docs" / "recovery.md").read_text())
STEPS = [block for block in BLOCKS if "=..." not in block]
OPERATOR = "operator-key-of-the-recovery"


@pytest.fixture
def source(databases):
    """The address of a database with some bookings."""
    url = databases.create()

    async def give() -> None:
        practice = await found(url, resources=STAFF, offers=offers(), now=utcnow())
        await fill(as_dsn(url), practice, 100, last_day=0, settle=False)

    in_a_thread(lambda: asyncio.run(give()))
    yield url
    for name in ("booking_restored", "booking_before"):
        databases.drop(make_url(url).set(database=name).render_as_string(hide_password=False))
    databases.drop(url)


def as_dsn(url):
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def environment(source, tmp_path):
    """What a shell beside the service has."""
    identity = pyrage.x25519.Identity.generate()
    return {
        "DATABASE_URL": as_dsn(source),
        "APP_SECRET_KEY": "0" * 32,
        "APP_BACKUP_URL": str(tmp_path / "store"),
        "APP_BACKUP_RECIPIENT": str(identity.to_public()),
        "APP_BACKUP_IDENTITY": str(identity),
        "OPERATOR_API_KEY": OPERATOR,
    }


@pytest.mark.prove
def test_the_steps_of_recovery_work_one_after_another(source, environment, tmp_path):
    assert len(STEPS) >= 12
    with Web(source, tmp_path / "log", environment=environment) as web, serving() as render:
        render.state.making, render.state.deploying = ["available"], ["live"]
        shell = {
            **environment,
            "PATH": path_of(tmp_path),
            "BOOKING_URL": f"http://127.0.0.1:{web.port}",
            "APP_URL": f"http://127.0.0.1:{web.port}",
            "API_KEY": OPERATOR,
            "RESTORED_URL": as_dsn(make_url(source).set(database="booking_restored")),
            "NEW_URL": as_dsn(make_url(source).set(database="booking_restored")),
            "INSTANT": "2026-11-20T12:00:00Z",
            "SENT_UNTIL": "2026-11-20T12:00:00Z",
            "RENDER_API_KEY": KEY,
            "RENDER_SERVICE_ID": SERVICE,
            "APP_RENDER_POSTGRES_ID": POSTGRES,
            "APP_RENDER_API_URL": render.url,
        }
        for step in STEPS:
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", step],
                env=shell, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

            assert ran.returncode == 0, f"{step}\n{ran.stdout}{ran.stderr}"
