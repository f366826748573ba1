"""The doctor at real patients: a web process and a database server of its own, well, stopped, frozen and refusing."""

import asyncio
import json
import os
import signal
import socket
import threading
import time

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from app.core.clock import utcnow
from app.core.http import create_client
from app.core.running import run_without_waiting
from app.ops.doctor.rules import diagnose
from app.ops.doctor.rules.findings import Finding
from app.ops.doctor.service import Patient, collect
from app.ops.doctor.service.database import look_at
from tests.cli.inside import run
from tests.cli.processes import booking, free_port
from tests.races.processes import Database, Web, dsn_of

KEY = "operator-key-of-the-doctor"
PASSWORD = "a-password-that-nobody-should-see"
NEVER = {"unknown", "key_refused", "no_key", "setting_invalid", "schema_behind", "budget_exceeded", "pool_saturated"}
"""What is not true of a service that just began to run for a test, however busy the machine is."""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A server on which the role `guest` needs a password."""
    with Database(tmp_path_factory.mktemp("doctor"), fast=True) as database:
        access = database.server.directory / "data" / "pg_hba.conf"
        access.write_text(f"local all guest scram-sha-256\n{access.read_text()}")
        database.order(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        database.order("SELECT pg_reload_conf()")
        yield database


@pytest.fixture(scope="module")
def web(database, tmp_path_factory):
    log = tmp_path_factory.mktemp("web") / "log"
    with Web(database.url, log, environment={"OPERATOR_API_KEY": KEY, "DB_POOL_MAX": "2"}) as web:
        yield web


@pytest.fixture
def examine(tmp_path):
    """Run `booking ops doctor --json` as a person would: `examine(url, DATABASE_URL=…)` returns code and answer."""

    def examined(url, *options, **variables):
        code, said, errors = run("ops", "doctor", "--url", url, "--json", *options, directory=tmp_path, **variables)
        for text in (said, errors):
            assert PASSWORD not in text
            assert KEY not in text
        return code, json.loads(said)

    return examined


def url_of(web):
    return f"http://127.0.0.1:{web.port}"


def wait_until_well(web):
    """Return when the service has found its database again: it does by itself, within a few seconds."""
    deadline = time.monotonic() + 60
    while httpx.get(f"{url_of(web)}/health/lb", timeout=20).status_code != 200:
        assert time.monotonic() < deadline, web.said
        time.sleep(0.05)


def guest(database, password=PASSWORD):
    url = make_url(database.url).set(username="guest", password=password, drivername="postgresql")
    return url.render_as_string(hide_password=False)


def look(database_url):
    return run_without_waiting(look_at(database_url, now=utcnow()))


async def ask(url, key=KEY, database_url=None):
    async with create_client() as client:
        return await collect(Patient(url, key, database_url), client, now=utcnow())


def findings_of(url, key=KEY, database_url=None):
    began = time.monotonic()
    findings = diagnose(run_without_waiting(ask(url, key, database_url)))
    assert time.monotonic() - began < 20  # it would be half a minute where it waited for a resolver
    return {finding.code: finding for finding in findings}


def test_a_service_that_is_well_has_at_most_no_backup_yet(web, database, examine):
    code, said = examine(url_of(web), API_KEY=KEY, DATABASE_URL=dsn_of(database.url))

    codes = {finding["code"] for finding in said["findings"]}
    assert (code, said["status"], said["exitCode"]) == (1, "degraded", 1)
    assert {"backup_missing", "worker_gone"} <= codes
    assert [each["severity"] for each in said["findings"] if each["code"] == "backup_missing"] == ["note"]
    assert not codes & NEVER


def test_the_key_of_the_service_itself_serves_too_and_a_wrong_one_is_told(web, examine):
    _, own = examine(url_of(web), OPERATOR_API_KEY=KEY)
    code, wrong = examine(url_of(web), API_KEY="nobody", OPERATOR_API_KEY=KEY)

    assert "key_refused" not in {finding["code"] for finding in own["findings"]}
    assert (code, [finding["code"] for finding in wrong["findings"]]) == (1, ["key_refused"])


def test_without_a_key_the_probes_tell_and_nothing_is_wrong(web, examine):
    code, said = examine(url_of(web))

    assert (code, [finding["code"] for finding in said["findings"]]) == (0, ["no_key"])


def test_a_dead_service_is_named_while_its_database_lives(database, examine):
    code, said = examine(f"127.0.0.1:{free_port()}", DATABASE_URL=dsn_of(database.url))

    first = said["findings"][0]
    assert (code, first["code"], first["certainty"]) == (2, "service_refuses", "certain")
    assert "The database answers" in first["what"]


def test_people_get_a_table_with_the_next_command(tmp_path):
    port = free_port()
    code, said, _ = booking("ops", "doctor", directory=tmp_path, PORT=str(port), DATABASE_URL="nonsense")

    assert code == 2
    assert said.startswith(f"down: http://127.0.0.1:{port}\ndown      certain   DATABASE_URL: must begin with")
    assert "next: booking serve" in said


def test_an_address_that_is_none_is_a_usage_error(tmp_path):
    code, _, said = run("ops", "doctor", "--url", "http://user:secret@host", directory=tmp_path)

    assert (code, "must not hold a user or a password" in said, "secret@" in said) == (2, True, False)


def test_a_password_that_is_refused_is_told_and_not_shown(database, web):
    findings = findings_of(url_of(web), database_url=guest(database, password="wrong"))

    assert findings["database_password_refused"].severity.name == "degraded"
    assert "the service reaches its own" in findings["database_password_refused"].what.lower()


def test_a_role_without_a_free_connection_is_told(database):
    database.order("ALTER ROLE guest CONNECTION LIMIT 0")
    seen = look(guest(database))
    database.order("ALTER ROLE guest CONNECTION LIMIT -1")

    assert (seen.sqlstate, look(guest(database)).reached) == ("53300", True)


def test_a_paused_database_and_one_that_is_missing_are_told_apart(database):
    database.order("CREATE DATABASE paused ALLOW_CONNECTIONS false")
    paused = make_url(database.url).set(database="paused").render_as_string(hide_password=False)
    missing = make_url(database.url).set(database="missing").render_as_string(hide_password=False)

    assert (look(paused).sqlstate, look(missing).sqlstate) == ("55000", "3D000")


def test_a_database_without_a_schema_is_told_with_the_command_that_makes_one(database):
    empty = database.server.create_database("empty")

    findings = findings_of(f"http://127.0.0.1:{free_port()}", database_url=dsn_of(empty))

    assert findings["schema_missing"].next == "booking db upgrade"


def test_a_database_of_a_newer_version_is_told(database):
    newer = database.server.create_database("newer")
    for order in ("CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('9999')"):
        database.order(order, on=newer)

    assert "schema_ahead" in findings_of(f"http://127.0.0.1:{free_port()}", database_url=dsn_of(newer))


def test_a_wrong_port_and_a_name_that_nobody_knows_are_told_apart():
    assert look(f"postgresql://u:p@127.0.0.1:{free_port()}/x").failure.name == "refused"
    assert look("postgresql://u:p@no-such-host.invalid/x").failure.name == "name_unknown"


@pytest.fixture
async def locked(database):
    """A table that somebody holds: its session's number."""
    connection = await asyncpg.connect(dsn_of(database.url))
    await connection.execute("BEGIN")
    await connection.execute("LOCK TABLE clients IN ACCESS EXCLUSIVE MODE")
    yield connection.get_server_pid()
    connection.terminate()


async def test_a_lock_that_holds_everybody_up_is_named_with_its_holder(web, locked):
    async with httpx.AsyncClient(headers={"X-API-Key": KEY}) as http:
        waiting = [asyncio.create_task(http.get(f"{url_of(web)}/api/clients", timeout=20)) for _ in range(4)]
        codes = dict[str, Finding]()
        async with asyncio.timeout(20):
            while not {"pool_saturated", "statements_blocked"} <= codes.keys():
                codes = {finding.code: finding for finding in diagnose(await ask(url_of(web)))}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert f"pid {locked} " in codes["statements_blocked"].what


@pytest.fixture
def hang_up():
    """Something that takes connections and closes them at once, as Render does to an address that is not allowed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_what_hangs_up_is_told(hang_up):
    assert look(f"postgresql://u:p@127.0.0.1:{hang_up}/x").failure.name == "closed"
    assert "service_closed" in findings_of(f"http://127.0.0.1:{hang_up}")


@pytest.fixture
def silent():
    """Something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def test_silence_is_told_within_the_time_of_a_question(silent):
    findings = findings_of(f"http://127.0.0.1:{silent}", database_url=f"postgresql://u:p@127.0.0.1:{silent}/x")

    assert {"service_silent", "database_frozen"} <= findings.keys()


def test_a_frozen_database_is_told_as_such_and_then_as_stopped(database, web, examine):
    """The last test of these patients' life, whatever the order: the server is started again for the others."""
    postmaster = int((database.server.directory / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        frozen = look(dsn_of(database.url))
    finally:
        os.kill(postmaster, signal.SIGCONT)
    database.kill()
    try:
        code, said = examine(url_of(web), API_KEY=KEY, DATABASE_URL=dsn_of(database.url))
    finally:
        database.start_again()
        wait_until_well(web)

    assert (frozen.failure.name, frozen.port_open) == ("silent", True)
    assert (code, said["findings"][0]["code"]) == (2, "database_refused")
    assert "database_unavailable" not in {finding["code"] for finding in said["findings"]}


@pytest.fixture
def plain():
    """A server that cannot encrypt: it answers the wish for TLS with N."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(8)
                    caller.sendall(b"N")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_encryption_that_the_server_cannot_do_is_told(plain):
    assert look(f"postgresql://u:p@127.0.0.1:{plain}/x?sslmode=require").failure.name == "tls"
