"""One scene for all drills: each leaves it as it found it."""

import pytest

from app.core.clock import utcnow
from tests.generous import GENEROUS_IN_ENVIRONMENT
from tests.ops.faults.scene import KEY, POOL, Scene
from tests.races.practice import Offer, found
from tests.races.processes import Database, Web


@pytest.fixture(scope="module")
async def scene(tmp_path_factory):
    directory = tmp_path_factory.mktemp("faults")
    environment = {
        "OPERATOR_API_KEY": KEY,
        "DB_POOL_MAX": str(POOL),
        "APP_RATE_LIMITS": GENEROUS_IN_ENVIRONMENT,
    }
    with Database(directory / "postgres", fast=True) as database:
        practice = await found(database.url, resources=1, offers=(Offer(30, range(1)),), now=utcnow())
        with Web(database.url, directory / "web.log", environment=environment) as web:
            scene = Scene(database, web, practice)
            await scene.recovered()
            yield scene
            await scene.close()
