"""A backup: what is in it, and that it is there whole or not at all."""

import asyncpg
from sqlalchemy.engine import make_url

from app.ops.backups.rules.names import manifest_key
from tests.ops.backups.conftest import BOOKINGS, IDENTITY, look


async def test_a_backup_is_there_with_its_manifest_and_what_was_counted(context, backup, filled_url):
    kept = look(context).backups

    assert [(each.id, each.problem, each.stored_bytes) for each in kept] == [(backup.id, None, backup.artefact.bytes)]
    assert kept[0].manifest == backup
    assert backup.tables["public.bookings"].rows == BOOKINGS
    assert backup.artefact.plain_bytes < backup.artefact.bytes


async def test_nothing_in_the_store_can_be_read_without_the_private_key(context, backup):
    dump = b"".join(context.store.get(backup.artefact.key))

    assert dump.startswith(b"age-encryption.org/v1")
    assert b"PGDMP" not in dump
    assert str(IDENTITY).encode() not in b"".join(context.store.get(manifest_key(backup.id)))


async def test_no_connection_stays_open_after_a_backup(context, backup, filled_url):
    connection = await asyncpg.connect(make_url(filled_url).set(drivername="postgresql").render_as_string(False))

    sessions = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name LIKE 'booking-backup%' AND datname = current_database()"
    )
    await connection.close()

    assert sessions == 0
