"""A backup loaded into an empty database: all of it, or an error that names what was wrong and shows no row."""

import errno
import io
import tempfile

import pyrage
import pytest

from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.errors import (
    ArtefactDamaged,
    ArtefactEmpty,
    ArtefactMissing,
    ArtefactTruncated,
    DatabaseNotEmpty,
    KeyMissing,
    RestoreFailed,
    UnpackingFull,
    WrongKey,
)
from app.ops.backups.restores.service import loading, unpacking
from app.ops.backups.restores.service.loading import load
from app.ops.backups.service.making import make
from app.ops.backups.service.snapshots import connected, counted, sequences, structure, tables
from tests.ops.backups.conftest import replace

REFUSAL = """
CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'refused "Ada Lovelace"' USING DETAIL = 'Key (name)=(Ada Lovelace)';
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.refuse();
"""
"""What quotes rows as errors of unique constraints do."""


@pytest.fixture
def empty_url(databases):
    url = databases.create(empty=True)
    yield url
    databases.drop(url)


async def held(url):
    async with connected(url) as connection:
        return await counted(connection, unheard), await structure(connection), await sequences(connection)


async def test_what_was_backed_up_is_there_again_row_by_row(context, backup, empty_url):
    await load(context, backup, empty_url, unheard)

    assert await held(empty_url) == (backup.tables, backup.structure, backup.sequences)


async def test_without_open_files_by_name_the_dump_comes_by_standard_input(context, backup, empty_url, monkeypatch):
    monkeypatch.setattr(loading, "OPEN_FILES", loading.OPEN_FILES / "of-another-system")

    await load(context, backup, empty_url, unheard)

    assert (await held(empty_url))[0] == backup.tables


async def test_a_database_with_tables_is_left_alone(context, backup, filled_url):
    with pytest.raises(DatabaseNotEmpty):
        await load(context, backup, filled_url, unheard)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda dump: dump[:-1], ArtefactTruncated),
        (lambda dump: dump + b"!", ArtefactTruncated),
        (lambda _dump: b"", ArtefactEmpty),
        (lambda dump: dump[:-20] + bytes([dump[-20] ^ 1]) + dump[-19:], ArtefactDamaged),
        (lambda dump: dump[:200] + bytes([dump[200] ^ 1]) + dump[201:], ArtefactDamaged),
    ],
    ids=["cut", "longer", "empty", "changed at its end", "changed at its beginning"],
)
async def test_a_dump_that_is_not_what_was_written_touches_no_database(context, backup, empty_url, spoil, expected):
    dump = b"".join(context.store.get(backup.artefact.key))
    replace(context.store, backup.artefact.key, spoil(dump))

    with pytest.raises(expected):
        await load(context, backup, empty_url, unheard)

    async with connected(empty_url) as connection:
        assert await tables(connection) == []


async def test_a_plain_dump_with_a_changed_byte_is_found_too(make_context, empty_url):
    context = make_context(backup_recipient=None, backup_identity=None)
    backup = await make(context, new_id(), unheard, now=utcnow())
    dump = b"".join(context.store.get(backup.artefact.key))
    middle = len(dump) // 2
    replace(context.store, backup.artefact.key, dump[:middle] + bytes([dump[middle] ^ 1]) + dump[middle + 1 :])

    with pytest.raises(ArtefactDamaged):
        await load(context, backup, empty_url, unheard)


async def test_a_deleted_dump_is_missing(context, backup, empty_url):
    context.store.delete(backup.artefact.key)

    with pytest.raises(ArtefactMissing):
        await load(context, backup, empty_url, unheard)


async def test_without_the_private_key_nothing_is_fetched(make_context, backup, empty_url):
    with pytest.raises(KeyMissing):
        await load(make_context(backup_identity=None), backup, empty_url, unheard)


async def test_another_private_key_does_not_open_it(make_context, backup, empty_url):
    other = str(pyrage.x25519.Identity.generate())

    with pytest.raises(WrongKey):
        await load(make_context(backup_identity=other), backup, empty_url, unheard)


async def test_an_error_of_the_server_is_told_without_the_rows_that_it_quotes(context, backup, empty_url):
    async with connected(empty_url) as connection:
        await connection.execute(REFUSAL)

    with pytest.raises(RestoreFailed) as failure:
        await load(context, backup, empty_url, unheard)

    assert failure.value.detail == "The backup could not be restored: could not execute query: ERROR:  refused …"


class Cramped(io.FileIO):
    """A file on a disk with little room: it takes what fits, then nothing any more."""

    def write(self, content):
        room = 1_000 - self.tell()
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(memoryview(content)[:room])


def nowhere(**_named):
    """What the library says when no folder for passing files takes a byte."""
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")


@pytest.mark.parametrize("disk", ["cramped", "full"])
async def test_a_disk_that_is_full_while_unpacking_is_called_so(
    context, backup, empty_url, monkeypatch, tmp_path, disk
):
    opened = nowhere if disk == "full" else lambda **_named: io.BufferedRandom(Cramped(tmp_path / "dump", "w+"))
    monkeypatch.setattr(tempfile, "TemporaryFile", opened)

    with pytest.raises(UnpackingFull):
        await load(context, backup, empty_url, unheard)


async def test_nothing_unpacked_can_be_found_by_name(context, backup, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "unpacking"))
    (tmp_path / "unpacking").mkdir()

    with unpacking.unpacked(context, backup, unheard) as file:
        names = list((tmp_path / "unpacking").iterdir())
        assert file.read(5) == b"PGDMP"

    assert names == []
