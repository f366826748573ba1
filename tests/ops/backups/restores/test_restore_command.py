"""`booking backup restore`: what it says, what it refuses, and what a kill leaves."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core.ids import new_id
from app.core.logging import set_up_logging
from tests.cli.processes import ROOT
from tests.fixtures.database import in_a_thread
from tests.ops.backups.conftest import IDENTITY, SECRET, replace
from tests.ops.backups.restores.conftest import beside

COMMAND = [sys.executable, "-m", "app.cli", "backup", "restore"]


def names(databases_like, context):
    return in_a_thread(lambda: asyncio.run(databases_like(context.database_url)))


@pytest.fixture
def saved(make_context, own_url, backup):
    """Backups of a database of the test's own, of which there is one."""
    return make_context(database_url=own_url)


@pytest.fixture
def environment(saved, tmp_path):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATABASE_URL": saved.settings.database_url,
        "APP_SECRET_KEY": SECRET,
        "APP_BACKUP_URL": saved.settings.backup_url,
        "APP_BACKUP_RECIPIENT": saved.settings.backup_recipient,
        "APP_BACKUP_IDENTITY": str(IDENTITY),
    }


@pytest.fixture
def restore(environment, tmp_path):
    """Run `booking backup restore …`; return its code, output and errors."""

    def call(*words, **variables):
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=tmp_path,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return call


def test_it_names_the_database_to_switch_to_and_what_to_do_next(restore, saved, databases, databases_like):
    code, out, err = restore("latest")

    [name] = [name for name in names(databases_like, saved) if "_restore_" in name]
    databases.drop(beside(saved.database_url, name))
    assert (code, name in out) == (0, True), err
    for step in ("export DATABASE_URL=", "booking db check", "booking integrity check", "booking outbound resume"):
        assert f"\n{step}" in out


@pytest.fixture
def restore_here(environment):
    """Run the same in this process, in its main thread, for it listens to signals."""

    def call(*words, **variables):
        given = {**environment, **variables}
        done = CliRunner().invoke(app, ["backup", "restore", *words], env=given)
        return done.exit_code, done.stdout, done.stderr

    yield call
    set_up_logging("json", "info")  # which the command turned to what CliRunner closes


def test_over_data_it_takes_the_flag_spelled_out_and_keeps_what_was_there(restore_here, saved, databases, name_of):
    refused, _, said = restore_here("--into", name_of(saved.database_url))
    code, out, _ = restore_here("--overwrite-existing-data", "--json")

    done = json.loads(out)
    databases.drop(beside(saved.database_url, done["replaced"]))
    assert (refused, code) == (1, 0)
    assert "database_not_empty" in said
    assert done["database"] == name_of(saved.database_url)
    assert not any(step.startswith("export") for step in done["next"])


def test_in_the_place_of_another_database_it_is_still_to_be_switched_to(restore_here, saved, databases, name_of):
    """Or what comes next would be done to the present one."""
    name = name_of(databases.create())

    code, out, err = restore_here("--into", name, "--overwrite-existing-data", "--json")

    assert code == 0, err
    done = json.loads(out)
    for each in (done["database"], done["replaced"]):
        databases.drop(beside(saved.database_url, each))
    assert any(step.startswith("export DATABASE_URL=") and name in step for step in done["next"])
    assert "alembic" not in err


def test_under_another_secret_it_takes_the_word_that_the_manifest_is_trusted(restore_here, saved, databases):
    other = {"APP_SECRET_KEY": "another-secret-that-sealed-nothing-of-this"}

    refused, _, said = restore_here(**other)
    code, out, err = restore_here("--trust-manifest", "--json", **other)

    assert (refused, code) == (1, 0), err
    databases.drop(beside(saved.database_url, json.loads(out)["database"]))
    assert "manifest_sealed_elsewhere" in said


@pytest.mark.parametrize("name", ["", "template1"])
def test_a_name_that_is_none_for_it_is_refused_before_anything_is_made(restore_here, saved, databases_like, name):
    before = names(databases_like, saved)

    code, _, said = restore_here("--into", name, "--overwrite-existing-data")

    assert (code, "name_refused" in said) == (1, True), said
    assert names(databases_like, saved) == before


def test_an_address_that_is_none_of_a_server_is_refused(restore_here):
    code, _, said = restore_here("--server", "sqlite:///x")

    assert (code, "--server" in said, "postgresql://" in said) == (2, True, True)


def test_whoever_restores_what_is_damaged_is_told_of_the_others(restore_here, saved, backup):
    replace(saved.store, backup.artefact.key, b"")

    code, _, said = restore_here()

    assert (code, "artefact_empty" in said, "`booking backup list`" in said) == (1, True, True)


def test_a_backup_that_is_not_there_is_not_found(restore_here):
    code, _, said = restore_here(str(new_id()))

    assert (code, "backup_not_found" in said) == (1, True)


@pytest.mark.prove
@pytest.mark.parametrize("stage", ["restoring", "comparing"])
def test_a_kill_in_the_middle_names_nothing_and_the_next_one_works(
    restore, saved, environment, databases, databases_like, name_of, tmp_path, stage
):
    with subprocess.Popen(COMMAND, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
        for line in process.stderr or ():
            if f'"{stage}"'.encode() in line:
                process.send_signal(signal.SIGKILL)
                break
        process.wait(timeout=60)
    after_kill = names(databases_like, saved)
    code, out, err = restore("--json")
    done = json.loads(out)
    left = names(databases_like, saved)
    databases.drop(beside(saved.database_url, done["database"]))

    assert [name for name in after_kill if "_restore_" in name] == []
    assert code == 0, err
    assert sorted(left) == sorted([name_of(saved.database_url), done["database"]])
