"""Web processes that look at a store of backups, and how they are asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core import lifeline
from app.core.config import Settings
from app.ops.backups import router
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.ledger import Ledger
from tests.fixtures.api import OPERATOR_KEY
from tests.fixtures.database import Databases
from tests.fixtures.live import Live, end, make

OPERATOR = {"X-API-Key": OPERATOR_KEY}
DEAD = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
"""Where no database is."""
MakeWeb = Callable[..., Live]


@pytest.fixture
def fresh_url(databases: Databases) -> Any:
    """A database without a row."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
async def make_web(settings: Settings, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeWeb]:
    """Make a web process that looks at the store of a context: `make_web(context, **settings)`; else at none.

    It waits for its database as long as a busy machine needs.
    """
    monkeypatch.setattr(router, "PATIENCE_SECONDS", 30)
    monkeypatch.setattr(lifeline, "ANSWER_SECONDS", 30)
    monkeypatch.setattr(lifeline, "TURN_SECONDS", 30)
    made: list[Live] = []

    def begin(context: BackupContext | None = None, **changes: Any) -> Live:
        shared = {} if context is None else {name: getattr(context.settings, name) for name in SHARED}
        made.append(make(settings.model_copy(update={"database_url": fresh_url, **shared, **changes})))
        return made[-1]

    yield begin
    for web in made:
        await end(web)


SHARED = (
    *("backup_url", "backup_recipient", "backup_identity", "secret_key"),
    *("backup_s3_endpoint", "aws_access_key_id", "aws_secret_access_key"),
)


def ledger_of(web: Live) -> Ledger:
    """Return what a web process knows."""
    ledger: Ledger = web.app.state.backups
    return ledger


async def status(web: Live) -> dict[str, Any]:
    """Ask for the status of backups."""
    answer = await asked(web)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def asked(web: Live) -> Awaitable[httpx.Response]:
    """Ask, whatever the answer."""
    return web.ask("/backup-status", OPERATOR)


def codes(told: dict[str, Any], *severities: str) -> list[str]:
    """Return the codes of what is wrong."""
    return [each["code"] for each in told["problems"] if not severities or each["severity"] in severities]
