"""Workers on the application's own database, as the tests of jobs have them."""

from uuid import uuid4

import pytest

from tests.jobs.conftest import (  # noqa: F401 - fixtures
    NOW,
    Happened,
    ask,
    name,
    schedule,
    sessions,
    state,
    subscriptions,
    working,
)


@pytest.fixture
def happen(sessions, subscriptions):  # noqa: F811 - fixtures
    async def emit():
        async with sessions.begin() as session:
            await subscriptions.emit(session, Happened(uuid4()), now=NOW)

    return emit
