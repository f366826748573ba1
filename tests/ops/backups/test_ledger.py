"""What a process knows of the backups: read once for all who ask, kept while the store is silent, told as figures."""

import asyncio
from datetime import timedelta

import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.ops.backups.rules.known import Beat
from app.ops.backups.service.ledger import FRESH_SECONDS, in_a_daemon
from app.ops.backups.service.showing import figures
from tests.ops.backups.webs import DEAD, OPERATOR, ledger_of
from tests.s3 import settings as s3_settings


async def looked(web, *, patience=20):
    ledger = ledger_of(web)
    await ledger.look(now=utcnow(), patience=patience)
    return ledger


async def test_however_many_ask_the_store_is_read_once(make_context, make_web, s3_proxy):
    web = make_web(make_context(**s3_settings(s3_proxy.endpoint, str(new_id()))))

    await asyncio.gather(*(looked(web) for _ in range(8)))

    assert len(s3_proxy.requests) == 1


async def test_what_is_fresh_is_not_read_again_and_what_is_not_is(context, make_web):
    ledger = await looked(make_web(context))
    first = ledger.evidence
    await ledger.look(now=utcnow())
    assert ledger.evidence is first

    ledger._read_at -= FRESH_SECONDS
    await ledger.look(now=utcnow(), patience=20)

    assert ledger.evidence is not first


async def test_a_store_that_comes_back_is_known_again_at_once(make_context, make_web, s3_proxy):
    web = make_web(make_context(**s3_settings(s3_proxy.endpoint, str(new_id()))))
    s3_proxy.deny("")
    assert (await looked(web)).store_failure == "store_refused"

    s3_proxy.heal()

    assert (await looked(web)).store_failure is None


async def test_an_address_that_is_none_is_known_as_such(make_web):
    ledger = await looked(make_web(backup_url="ftp://nowhere"))

    assert (ledger.store_failure, ledger.evidence) == ("store_address_invalid", None)


async def test_the_background_looks_at_store_and_database(context, backup, make_web):
    ledger = ledger_of(make_web(context))

    await ledger.turn(now=utcnow())

    assert ledger.evidence is not None
    assert [each.id for each in ledger.evidence.backups] == [backup.id]
    assert (ledger.runs, ledger.beat) == ((), Beat("late", None, None))


async def test_while_the_database_is_away_nothing_is_remembered(context, make_web):
    ledger = ledger_of(make_web(context, database_url=DEAD))

    await ledger.turn(now=utcnow())

    assert (ledger.runs, ledger.beat) == (None, None)
    assert ledger.evidence is not None


async def test_figures_are_those_of_the_judgement(context, backup, make_web):
    ledger = await looked(make_web(context))
    now = backup.source.snapshot_at + timedelta(hours=3)

    told = figures(ledger, now=now)

    assert told.items() >= {"counts": True, "status": 3, "level": None, "unproven": 1, "failed": 0}.items()
    assert (told["age_seconds"], told["drill_seconds"], told["drill_failed"]) == (10_800, None, 0)
    assert told["drill_age_seconds"] == (now - backup.started_at).total_seconds()


async def test_detailed_health_and_metrics_tell_the_same(context, backup, make_web):
    web = make_web(context)
    await looked(web)

    answer = await web.ask("/health/detailed?component=backup", OPERATOR)

    component = answer.json()["component"]
    assert (component["status"], component["countsIn"], component["verifiedLevel"]) == ("error", "production", None)
    assert {"backup_unproven", "backup_unverified", "not_offsite"} <= set(component["reasons"])
    metrics = (await web.http.get("/metrics", headers=OPERATOR)).text
    assert "\nbooking_backup_status 3.0\n" in metrics
    assert "\nbooking_backup_age_seconds " in metrics
    assert "\nbooking_backup_verified_level " not in metrics


async def test_a_thread_that_nobody_waits_for_tells_its_result_and_its_failure():
    def fail():
        raise LookupError

    assert await in_a_daemon(lambda: 7) == 7
    with pytest.raises(LookupError):
        await in_a_daemon(fail)
