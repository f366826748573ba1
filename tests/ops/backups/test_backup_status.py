"""A backup that nobody has seen restored is no backup, whatever else goes on."""

from datetime import timedelta
from time import monotonic

import pytest

from app.core.clock import iso, utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.rules.manifests import Proof
from app.ops.backups.rules.names import manifest_key, proof_key
from app.ops.backups.service.making import make
from app.ops.backups.service.verifying import verify
from tests.bookings.conftest import Desk
from tests.ops.backups.conftest import look, replace
from tests.ops.backups.damage import flipped, stored
from tests.ops.backups.webs import DEAD, asked, codes, ledger_of, status
from tests.s3 import free_port
from tests.s3 import settings as s3_settings

ANSWERS_SECONDS = 5
"""What is promised, 2.5 s, and as much again for a busy machine; whoever met no limit would wait for half a minute."""


async def proven(context, manifest, level=3):
    """Verify a backup."""
    kept = next(each for each in look(context).backups if each.id == manifest.id)
    return await verify(context, kept, unheard, level=level, now=utcnow())


def drilled(context, manifest):
    """Keep the proof of a drill that passed, as a drill does."""
    proof = Proof(
        id=new_id(),
        backup_id=manifest.id,
        level=4,
        passed=True,
        at=utcnow(),
        duration_seconds=81.5,
        tables=24,
        rows_compared=9_000,
        host="test",
    )
    context.store.put(proof_key(manifest.id, proof.id, 4, passed=True), [context.seal.write(proof)])
    return proof


@pytest.fixture
def told(http, operator):
    async def read():
        answer = await http.get("/api/backup-status", headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


async def test_without_a_store_the_status_is_error_and_names_why(told):
    said = await told()

    assert (said["ok"], said["status"]) == (True, "error")
    assert codes(said, "critical") == ["no_backup_configured"]
    assert "booking backup run" in said["message"]
    assert (said["backup"]["lastSuccess"], said["backup"]["rpoMet"], said["drill"]["lastAt"]) == (None, False, None)
    assert {name: said[name] for name in ("pitr", "journal")} == {"pitr": None, "journal": None}


async def test_activity_is_told_and_makes_nothing_better(told, http, make_bookable, clock):
    clock.set("2026-03-23T08:00:00Z")
    desk = Desk(await make_bookable(), http)
    assert (await desk.book("2026-03-24T12:00:00Z")).status_code == 201
    clock.advance(hours=6)

    said = await told()

    assert said["status"] == "error"
    assert said["details"]["databaseAccessible"] is True
    assert said["details"]["hasAnyData"] is True
    assert said["details"]["totalClients"] >= 1
    assert said["details"]["hoursSinceActivity"] <= 6


async def test_the_documented_members_are_there_by_name_and_type(told):
    said = await told()

    assert {"ok", "status", "message", "details", "timestamp"} <= said.keys()
    kinds = {name: type(value) for name, value in said["details"].items() if value is not None}
    assert kinds.items() >= {"databaseAccessible": bool, "totalClients": int, "hasActiveClients": bool}.items()


async def test_a_backup_that_was_read_and_drilled_is_shown_with_all_that_is_known_of_it(context, backup, make_web):
    await proven(context, backup)
    drill = drilled(context, backup)

    said = await status(make_web(context))

    made = said["backup"]["lastSuccess"]
    assert (made["id"], made["kind"], made["verifiedLevel"], made["encrypted"]) == (str(backup.id), "full", 4, True)
    assert (made["sizeBytes"], made["sha256"]) == (backup.artefact.bytes, backup.artefact.sha256)
    assert made["location"] == f"{context.store.location}/{backup.artefact.key}"
    assert (made["startedAt"], made["pgVersion"]) == (iso(backup.started_at), backup.source.server_version)
    assert (said["backup"]["rpoSeconds"], said["backup"]["rpoMet"], said["backup"]["count"]) == (86_400, True, 1)
    assert said["backup"]["retention"] == {"daily": 7, "weekly": 4, "monthly": 12}
    assert said["backup"]["nextRunAt"] == iso(backup.started_at + timedelta(hours=23.5))
    assert said["drill"].items() >= {"result": "passed", "rtoMet": True, "rtoSeconds": 14_400, "tables": 24}.items()
    assert (said["drill"]["rowsCompared"], said["drill"]["checksumMismatches"]) == (9_000, 0)
    assert said["drill"]["lastAt"] == iso(drill.at)
    assert (said["status"], codes(said)) == ("warning", ["not_offsite", "schedule_late"])


async def test_a_backup_that_was_not_verified_is_no_proof(context, backup, make_web):
    said = await status(make_web(context))

    assert said["status"] == "error"
    assert codes(said, "critical") == ["backup_unproven", "backup_unverified"]
    assert f"`booking backup verify {backup.id}`" in said["problems"][1]["hint"]


async def test_while_the_database_is_dead_the_manifests_tell(context, backup, make_web):
    await proven(context, backup)
    drilled(context, backup)

    said = await status(make_web(context, database_url=DEAD))

    assert (said["status"], said["details"]["databaseAccessible"]) == ("error", False)
    assert said["backup"]["lastSuccess"]["id"] == str(backup.id)
    assert codes(said) == ["database_unknown", "not_offsite"]


async def test_where_neither_store_nor_database_can_be_read_the_answer_is_503(make_context, make_web):
    nowhere = make_context(**s3_settings(f"http://127.0.0.1:{free_port()}", "nothing"))

    began = monotonic()
    answer = await asked(make_web(nowhere, database_url=DEAD))

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert monotonic() - began < ANSWERS_SECONDS


async def test_a_store_that_nobody_answers_at_is_named_in_time(make_context, make_web):
    nowhere = make_context(**s3_settings(f"http://127.0.0.1:{free_port()}", "nothing"))

    began = monotonic()
    said = await status(make_web(nowhere))

    assert monotonic() - began < ANSWERS_SECONDS
    assert (said["status"], codes(said, "critical")) == ("error", ["store_unknown"])
    assert "store_unreachable" in codes(said, "warning")


async def test_of_a_store_that_hangs_what_it_last_showed_is_told_with_its_age(make_context, make_web, s3_proxy):
    context = make_context(**s3_settings(s3_proxy.endpoint, str(new_id())))
    made = await make(context, new_id(), unheard, now=utcnow())
    web = make_web(context)
    assert (await status(web))["backup"]["count"] == 1
    s3_proxy.hang()
    ledger_of(web)._read_at = None  # as after ten seconds

    began = monotonic()
    said = await status(web)

    assert monotonic() - began < ANSWERS_SECONDS
    assert said["backup"]["lastSuccess"]["id"] == str(made.id)
    assert "store_unreachable" in codes(said, "warning")
    s3_proxy.heal()


async def test_a_store_that_refuses_is_named_so(make_context, make_web, s3_proxy):
    context = make_context(**s3_settings(s3_proxy.endpoint, str(new_id())))
    s3_proxy.deny("")

    assert "store_refused" in codes(await status(make_web(context)), "warning")


async def test_each_damage_is_named_in_the_status(context, backup, make_web):
    other = await make(context, new_id(), unheard, now=utcnow())
    web, dump = make_web(context), stored(context, backup.artefact.key)

    async def named():
        ledger = ledger_of(web)
        ledger._read_at = None  # as after ten seconds
        await ledger.look(now=utcnow(), patience=20)
        said = await status(web)
        assert said["status"] == "error"
        return [each["code"] for each in said["problems"] if str(backup.id) in each["hint"]]

    replace(context.store, backup.artefact.key, dump[:-1])
    assert await named() == ["artefact_truncated"]

    replace(context.store, backup.artefact.key, flipped(dump, len(dump) // 2))
    await proven(context, backup, level=1)
    assert await named() == ["artefact_damaged"]

    replace(context.store, backup.artefact.key, stored(context, other.artefact.key))
    await proven(context, backup, level=1)
    assert await named() == ["artefact_swapped"]

    replace(context.store, backup.artefact.key, b"")
    assert await named() == ["artefact_empty"]

    context.store.delete(backup.artefact.key)
    assert await named() == ["artefact_missing"]

    manifest = stored(context, manifest_key(backup.id))
    replace(
        context.store,
        manifest_key(backup.id),
        manifest.replace(b'"test', b'"else').replace(b'"rows": 300', b'"rows": 299'),
    )
    assert await named() == ["manifest_edited"]

    replace(context.store, manifest_key(backup.id), b"{")
    assert await named() == ["manifest_damaged"]


async def test_a_backup_from_the_future_does_not_count(context, backup, make_web):
    moved = backup.source.model_copy(update={"snapshot_at": utcnow() + timedelta(hours=2)})
    replace(context.store, manifest_key(backup.id), context.seal.write(backup.model_copy(update={"source": moved})))

    said = await status(make_web(context))

    assert said["backup"]["lastSuccess"] is None
    assert codes(said, "critical") == ["no_backup_yet"]
    assert "clock_set_back" in codes(said, "warning")
