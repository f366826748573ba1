"""`booking backup` in a shell: what it prints, where, and how it ends."""

import json
import os
import subprocess
import sys

import pyrage
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core.clock import utcnow
from app.core.ids import new_id
from app.core.progress import unheard
from app.ops.backups.rules.names import dump_key, manifest_key
from app.ops.backups.service.making import make
from tests.fixtures.database import in_a_thread
from tests.ops.backups.conftest import IDENTITY, SECRET, look, replace

NOWHERE = "postgresql://nobody@127.0.0.1:1/gone"


@pytest.fixture
def backup(context):
    """Run a `booking backup` command on the context's store and database; return its code, output and errors."""

    def call(*words, **variables):
        given = {
            "DATABASE_URL": context.database_url,
            "APP_SECRET_KEY": SECRET,
            "APP_BACKUP_URL": context.settings.backup_url,
            "APP_BACKUP_RECIPIENT": context.settings.backup_recipient,
            "APP_BACKUP_IDENTITY": str(IDENTITY),
        }
        done = in_a_thread(lambda: CliRunner().invoke(app, ["backup", *words], env={**given, **variables}))
        return done.exit_code, done.stdout, done.stderr

    return call


def test_run_says_that_the_private_key_does_not_open_what_it_made(backup):
    code, out, err = backup("run", "--json", APP_BACKUP_IDENTITY=str(pyrage.x25519.Identity.generate()))

    assert (code, json.loads(out)["verifiedLevel"]) == (0, 1)
    assert err.splitlines()[-1].endswith("(wrong_key)")


def test_run_says_what_it_made_on_standard_output_and_how_far_it_is_on_standard_error(backup, context):
    code, out, err = backup("run", "--json")

    made, kept = json.loads(out), look(context).backups[0]
    assert kept.manifest is not None
    lines = [json.loads(line) for line in err.splitlines()]
    assert code == 0, err
    assert (made["id"], made["encrypted"], made["verifiedLevel"]) == (str(kept.id), True, 3)
    assert made["bytes"] == kept.stored_bytes
    assert made["rows"] == sum(table.rows for table in kept.manifest.tables.values())
    assert [line["stage"] for line in lines if line["stage"] in {"dumping", "manifest"}][-1] == "manifest"
    assert {frozenset(line) for line in lines} == {frozenset({"stage", "done", "total", "seconds"})}


def test_run_for_people_is_one_line(backup):
    code, out, _ = backup("run", APP_BACKUP_IDENTITY="")

    assert code == 0
    assert len(out.splitlines()) == 1
    assert ", encrypted, verified to level 1, at " in out


def test_a_run_without_a_database_ends_in_one_plain_line(backup):
    code, out, err = backup("run", DATABASE_URL=NOWHERE)

    assert (code, out) == (1, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["booking"]


def test_a_recipient_that_is_none_is_refused_with_its_code(backup):
    code, out, err = backup("run", APP_BACKUP_RECIPIENT="age1nobody")

    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "booking: APP_BACKUP_RECIPIENT is no public key of age: it begins with age1. (wrong_key)"
    ]


def test_an_address_that_is_no_store_is_refused_with_its_code(backup):
    code, _, err = backup("list", APP_BACKUP_URL="ftp://nowhere")

    assert code == 1
    assert err == "booking: APP_BACKUP_URL must be a folder, or s3://bucket/prefix. (store_address_invalid)\n"


async def test_list_shows_each_backup_without_a_database(backup, proven):
    [made] = look(proven).backups

    code, out, err = backup("list", DATABASE_URL=NOWHERE, APP_BACKUP_IDENTITY="")

    titles, row = out.splitlines()
    assert (code, err) == (0, "")
    assert titles.split() == ["ID", "SNAPSHOT", "AGE", "SIZE", "ENCRYPTED", "VERIFIED", "PROBLEM"]
    assert made.manifest
    assert row.split()[:2] == [str(made.id), f"{made.manifest.source.snapshot_at:%Y-%m-%dT%H:%M:%SZ}"]
    assert "yes        level 3" in row


def test_what_was_compared_and_not_read_is_not_proven(backup):
    backup("run", APP_BACKUP_IDENTITY="")

    code, out, err = backup("list", "--json", APP_BACKUP_IDENTITY="")

    told = json.loads(out)
    assert (code, told["proven"], [each["verifiedLevel"] for each in told["backups"]]) == (1, False, [1])
    assert "booking backup verify" in err


async def test_list_in_json_tells_what_is_wrong_with_each(backup, proven, context):
    [good], edited = look(proven).backups, await make(context, new_id(), unheard, now=utcnow())
    content = b"".join(context.store.get(manifest_key(edited.id)))
    replace(context.store, manifest_key(edited.id), content.replace(b'"kind": "full"', b'"kind": "part"'))

    code, out, _ = backup("list", "--json", DATABASE_URL=NOWHERE)

    told = json.loads(out)
    assert (code, told["proven"]) == (0, True)
    assert {each["id"]: each["problem"] for each in told["backups"]} == {
        str(good.id): None,
        str(edited.id): "manifest_edited",
    }


async def test_list_tells_what_the_listing_alone_shows(backup, proven):
    replace(proven.store, dump_key(look(proven).backups[0].id, encrypted=True), b"")

    code, out, _ = backup("list", "--json", DATABASE_URL=NOWHERE)

    assert (code, [each["problem"] for each in json.loads(out)["backups"]]) == (1, ["artefact_empty"])


async def test_list_shows_a_dump_that_lost_its_manifest(backup, proven):
    name = look(proven).backups[0].id
    proven.store.delete(manifest_key(name))

    code, out, _ = backup("list", DATABASE_URL=NOWHERE)

    assert (code, out.splitlines()[1].split()) == (1, [str(name), *["?"] * 5, "manifest_missing"])


def test_list_of_an_empty_store_is_no_success(backup):
    code, out, err = backup("list", "--json")

    assert code == 1
    assert json.loads(out)["backups"] == []
    assert "run `booking backup run`" in err


async def test_verify_takes_the_latest_one_named_and_all(backup, context):
    older, newer = [await make(context, new_id(), unheard, now=utcnow()) for _ in range(2)]

    latest = backup("verify", "--json", DATABASE_URL=NOWHERE)
    named = backup("verify", str(older.id), "--level", "1", "--json", DATABASE_URL=NOWHERE)
    every = backup("verify", "--all", "--level", "0", "--json", DATABASE_URL=NOWHERE)

    def proven(answer):
        return answer[0], [
            (each["backupId"], each["level"], each["passed"]) for each in json.loads(answer[1])["proofs"]
        ]

    assert proven(latest) == (0, [(str(newer.id), 3, True)])
    assert proven(named) == (0, [(str(older.id), 1, True)])
    assert proven(every) == (0, [(str(older.id), 0, True), (str(newer.id), 0, True)])


async def test_verify_without_the_private_key_goes_as_far_as_it_can_and_says_so_where_more_is_wanted(backup, proven):
    [made] = look(proven).backups

    code, out, _ = backup("verify", APP_BACKUP_IDENTITY="")
    refused, _, err = backup("verify", "--level", "3", APP_BACKUP_IDENTITY="")

    assert (code, out) == (0, f"{made.id} level 1: passed\n")
    assert refused == 1
    assert err.splitlines()[-1].endswith("(key_missing)")


async def test_verify_of_a_damaged_backup_fails_by_name(backup, proven):
    replace(proven.store, dump_key(look(proven).backups[0].id, encrypted=True), b"")

    code, out, _ = backup("verify")

    assert code == 1
    assert "FAILED" in out
    assert "(artefact_empty)" in out


def test_a_backup_that_is_not_there_is_not_found(backup):
    code, _, err = backup("verify", "01990000-0000-7000-8000-000000000000")

    assert code == 1
    assert err.splitlines()[-1].endswith("(backup_not_found)")


def test_a_pair_of_keys_fits_and_is_told_with_what_to_do_with_each(backup, context):
    shown = backup("keys", DATABASE_URL=NOWHERE)[1]
    pair = json.loads(backup("keys", "--json")[1])

    made = backup("run", "--json", **pair)

    assert (made[0], json.loads(made[1])["verifiedLevel"]) == (0, 3)
    assert [line.partition("=")[0] for line in shown.splitlines() if not line.startswith("#")] == list(pair)
    assert pair["APP_BACKUP_RECIPIENT"] not in shown


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_on_a_terminal_progress_is_a_bar(context):
    mine, its = os.openpty()
    environment = {**os.environ, "DATABASE_URL": context.database_url, "APP_SECRET_KEY": SECRET, "TERM": "xterm"}
    environment |= {"APP_BACKUP_URL": context.settings.backup_url, "APP_BACKUP_RECIPIENT": str(IDENTITY.to_public())}
    command = [sys.executable, "-m", "app.cli", "backup", "run"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    shown = read_all(mine)

    assert process.wait() == 0
    assert "dumping" in shown
    assert "━" in shown
    assert '"stage"' not in shown


def read_all(terminal):
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # how a terminal tells its end
            piece = b""
        if not piece:
            os.close(terminal)
            return shown.decode(errors="replace")
        shown += piece
