"""Whom a backup still knows and the service has forgotten is forgotten again when the backup is restored."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core import migrations
from app.core.clock import iso, utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.jobs.runner import run_worker
from app.jobs.schedules import Schedule
from app.main import create_app
from app.ops.backups.errors import ErasuresUnreadable
from app.ops.backups.restores.service import erasures
from app.ops.backups.rules.manifests import Erasure
from app.ops.backups.rules.names import erased_at, erasure_key
from app.ops.backups.service.making import make
from app.ops.backups.service.sealing import Seal
from app.ops.backups.service.snapshots import connected
from tests.fixtures.api import OPERATOR_KEY
from tests.fixtures.database import in_a_thread
from tests.generous import GENEROUS
from tests.jobs.conftest import HURRIED, PATIENCE
from tests.ops.backups.conftest import SECRET
from tests.ops.backups.restores.conftest import beside

APP = Path(__file__).parents[4] / "app"
SOMEBODY = """
SELECT c.id, k.client_key FROM customers c JOIN clients k ON k.id = c.client_id
WHERE c.phone IS NOT NULL ORDER BY c.id LIMIT 1
"""


@pytest.fixture
def erasing(make_context, own_url):
    """A service with backups, one of them, and a customer whom it erases after that."""
    return make_context(database_url=own_url, operator_api_key=OPERATOR_KEY, rate_limits=GENEROUS)


async def erase_somebody(context):
    """Erase a customer as an operator does, and have a worker do what follows; return the customer's id."""
    async with connected(context.database_url) as connection:
        customer = await connection.fetchrow(SOMEBODY)
    service = create_app(context.settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://test") as http:
        headers = {"X-API-Key": OPERATOR_KEY, "X-Client-Key": customer["client_key"]}
        answer = await http.post(f"/api/customers/{customer['id']}/erase", headers=headers)
        assert answer.status_code == 200, answer.text
    await service.state.process.stop()
    await service.state.engine.dispose()
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(context.settings, stop=stop, schedule=Schedule(), pace=HURRIED))
    async with asyncio.timeout(PATIENCE):
        while not context.store.list("erasures/"):  # noqa: ASYNC110 - the store raises no event
            await asyncio.sleep(0.02)
    stop.set()
    await worker
    return customer["id"]


async def known(url, customer_id):
    async with connected(url) as connection:
        query = "SELECT phone, name, email, erased_at FROM customers WHERE id = $1"
        return tuple(await connection.fetchrow(query, customer_id))


async def test_whom_the_service_erased_is_erased_in_a_backup_from_before(erasing, restored, own_url):
    backup = await make(erasing, new_id(), unheard, now=utcnow())
    customer = await erase_somebody(erasing)
    here = await known(own_url, customer)

    done = await restored(erasing, backup)

    there = await known(beside(own_url, done.database), customer)
    assert done.erased_again == 1
    assert there == here
    assert there[:3] == (None, None, None)


async def test_it_is_known_without_the_database_that_is_lost(erasing, restored, own_url, databases):
    backup = await make(erasing, new_id(), unheard, now=utcnow())
    customer = await erase_somebody(erasing)
    databases.drop(own_url)

    done = await restored(erasing, backup)

    assert (await known(beside(own_url, done.database), customer))[:3] == (None, None, None)


@pytest.mark.prove
async def test_whom_the_backup_knows_as_erased_is_not_erased_again(erasing, restored):
    await erase_somebody(erasing)
    backup = await make(erasing, new_id(), unheard, now=utcnow())

    assert (await restored(erasing, backup)).erased_again == 0


RELIEVED = "UPDATE customers SET phone = $2, erased_at = NULL WHERE id = $1"


async def test_in_a_database_that_came_back_by_other_means_a_command_erases_them_again(erasing, own_url):
    customer = await erase_somebody(erasing)
    async with connected(own_url) as connection:
        await connection.execute(RELIEVED, customer, "+447400999999")  # as it was before, at an earlier instant

    listed = erase("--since", "2026-01-01T00:00:00Z", "--json", context=erasing)
    untouched = await known(own_url, customer)
    applied = erase("--apply", context=erasing)
    again = json.loads(erase("--apply", "--json", context=erasing).stdout)

    assert [each["customerId"] for each in json.loads(listed.stdout)["erasures"]] == [str(customer)]
    assert untouched[0] == "+447400999999"
    assert applied.stdout == "Customers whom the store knows as erased: 1; erased again in this database: 1.\n"
    assert (await known(own_url, customer))[:3] == (None, None, None)
    assert (len(again["erasures"]), again["erasedAgain"]) == (1, 0)


def test_erasures_since_an_instant_are_listed_without_a_database(context):
    at = utcnow()
    erasures.remember(context, Erasure(client_id=new_id(), customer_id=new_id(), at=at - timedelta(days=3)))
    lost = "postgresql://nobody@127.0.0.1:1/lost"

    every = erase(context=context, DATABASE_URL=lost)
    none = erase("--since", iso(at), context=context, DATABASE_URL=lost)

    assert (every.exit_code, every.stdout.count("\n")) == (0, 2)
    assert none.stdout == "The store knows of no erasures since then.\n"


@pytest.mark.parametrize("since", ["yesterday", "2026-11-23", "2026-11-23T10:15:00"])
def test_an_instant_without_its_offset_is_none(context, since):
    assert erase("--since", since, context=context).exit_code == 2


def test_erasures_are_not_applied_to_what_is_not_at_this_versions_schema(make_context, databases):
    url = databases.create(empty=True)
    try:
        nothing = erase("--apply", context=make_context(database_url=url))
        in_a_thread(lambda: migrations.upgrade(url, migrations.revisions()[-2]))
        behind = erase("--apply", context=make_context(database_url=url))
    finally:
        databases.drop(url)

    assert [(each.exit_code, each.stderr.rpartition("(")[2]) for each in (nothing, behind)] == [
        (1, "schema_missing)\n"),
        (1, "schema_differs)\n"),
    ]


def erase(*words, context, **variables):
    """Run `booking backup erasures …` as a shell beside the service does."""
    given = {
        "DATABASE_URL": context.database_url,
        "APP_SECRET_KEY": SECRET,
        "APP_BACKUP_URL": context.settings.backup_url,
    }
    return in_a_thread(lambda: CliRunner().invoke(app, ["backup", "erasures", *words], env={**given, **variables}))


async def test_an_erasure_is_written_once_however_often(context):
    erasure = Erasure(client_id=new_id(), customer_id=new_id(), at=utcnow())

    erasures.remember(context, erasure)
    erasures.remember(context, erasure)

    assert await erasures.since(context, erasure.at, trust=False) == [erasure]


async def test_only_erasures_that_a_backup_may_not_know_are_read(context):
    at = utcnow()
    old, recent = (Erasure(client_id=new_id(), customer_id=new_id(), at=at - ago) for ago in AGO)
    for each in (old, recent):
        erasures.remember(context, each)

    assert await erasures.since(context, at, trust=False) == [recent]


AGO = timedelta(hours=2), timedelta(minutes=30)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]"])
async def test_nothing_is_restored_without_knowing_who_was_erased(context, backup, restored, content):
    context.store.put(erasure_key(utcnow(), new_id()), [content])

    with pytest.raises(ErasuresUnreadable):
        await restored(context, backup)


async def test_erasures_of_another_secret_count_when_they_are_to_be_trusted(context):
    erasure = Erasure(client_id=new_id(), customer_id=new_id(), at=utcnow())
    context.store.put(erasure_key(erasure.at, erasure.customer_id), [Seal("another secret").write(erasure)])

    with pytest.raises(ErasuresUnreadable):
        await erasures.since(context, erasure.at, trust=False)
    assert await erasures.since(context, erasure.at, trust=True) == [erasure]


def test_the_instant_of_an_erasure_stands_in_its_key():
    at = datetime(2026, 11, 23, 11, 45, 0, 123456, tzinfo=UTC)

    assert erased_at(erasure_key(at, new_id())) == at
    assert erased_at("erasures/else.json") is None


WHO_ERASES = ("app.main", "app.worker", "app.ops.backups.restores.service.erasures")
KNOWN_TO_EACH = """
import os, sys
import fastapi, httpx, sqlalchemy.ext.asyncio  # what all import: once
assert not [name for name in sys.modules if name.partition(".")[0] == "app"]
for place in sys.argv[1:]:
    if os.fork() == 0:
        __import__(place)
        from app.customers import service
        print(*service._personal_data, flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(place)
"""


def test_whoever_erases_knows_of_every_room_that_holds_something():
    rooms = {path.parent.parent.name for path in APP.glob("*/service/personal.py")}

    command = [sys.executable, "-c", KNOWN_TO_EACH, *WHO_ERASES]
    told = subprocess.run(command, cwd=APP.parent, capture_output=True, text=True, check=True)

    assert {"bookings", "messages", "calls", "attention"} <= rooms
    known = dict(zip(WHO_ERASES, map(str.split, told.stdout.splitlines()), strict=True))
    held = rooms | {"optOuts"}  # those are a customer's own, and of no room beside
    assert {place: set(names) for place, names in known.items()} == dict.fromkeys(WHO_ERASES, held)
