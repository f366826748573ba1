"""PostgreSQL's programs: the server's own where they are, a newer one otherwise, never an older one."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from app.ops.backups.errors import ProgramsMissing, ProgramsTooOld
from app.ops.backups.service.programs import DEBIAN, NEEDED, bare_environment, environment, for_server, installed
from tests.ops.backups.disturbing import beside, dumps_of, locked, run, waiting_dump


def majors():
    return sorted(each.major for each in installed(None))


def test_the_servers_own_programs_are_taken_where_they_are():
    for major in majors():
        assert for_server(major, None).major == major


def test_a_newer_one_is_taken_where_the_servers_own_is_not():
    here = majors()
    newest = here[-1]
    older = next(major for major in range(newest - 1, 0, -1) if major not in here)

    assert for_server(older, None).major == min(major for major in here if major > older)


def test_older_ones_are_refused_by_both_versions_and_what_to_install():
    newest = majors()[-1]

    with pytest.raises(ProgramsTooOld, match=rf"PostgreSQL {newest + 1}, .* {newest}.* postgresql-client-{newest + 1}"):
        for_server(newest + 1, None)


def test_a_folder_without_all_of_them_counts_as_none(tmp_path):
    (tmp_path / "pg_dump").symlink_to(installed(None)[0].folder / "pg_dump")

    with pytest.raises(ProgramsMissing):
        for_server(15, str(tmp_path))


async def test_an_older_pg_dump_than_the_server_is_refused_before_any_work(make_context, tmp_path):
    folder = DEBIAN / "15" / "bin"
    if not all((folder / name).exists() for name in NEEDED):
        pytest.skip("needs Debian's PostgreSQL 15")
    context = make_context(postgres_programs=str(folder))
    if await server_major(context.database_url) <= 15:
        pytest.skip("needs a server that is newer than 15")

    with pytest.raises(ProgramsTooOld):
        await run(context)

    assert [path.parent.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == ["failures"]


def test_passwords_and_hosts_go_by_the_environment():
    words = environment("postgresql+asyncpg://clerk:p%40ss%2Fword@db.internal:6543/book?sslmode=require")

    given = {name: words[name] for name in ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE")}
    assert list(given.values()) == ["clerk", "p@ss/word", "db.internal", "6543", "book", "require"]
    assert words["PATH"] == os.environ["PATH"]


def test_no_program_inherits_a_secret_of_the_service_or_an_address_that_leads_elsewhere(monkeypatch):
    ours = ("APP_BACKUP_IDENTITY", "APP_SECRET_KEY", "OPERATOR_API_KEY", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL")
    for name in (*ours, "PGSERVICE", "PGHOSTADDR", "PGOPTIONS_X", "SOMEBODYS_TOKEN"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PGSSLROOTCERT", "/ca.crt")
    monkeypatch.setenv("PGPASSWORD", "of-the-environment")

    dumping, reading = environment("postgresql://clerk@db/book"), bare_environment()

    assert "secret" not in {*dumping.values(), *reading.values()}
    assert (dumping["PGSSLROOTCERT"], dumping["PGPASSWORD"]) == ("/ca.crt", "of-the-environment")
    assert not {name for name in reading if name.startswith("PG")}


async def test_pg_dump_itself_is_seen_without_the_private_key(context, monkeypatch):
    monkeypatch.setenv("APP_BACKUP_IDENTITY", "the-private-key")
    monkeypatch.setenv("PATH_OF_NOBODY", "the-private-key")

    async with locked(context.database_url), beside(context.database_url) as observer:
        attempt = asyncio.create_task(run(context))
        await waiting_dump(observer)
        seen = [Path(f"/proc/{pid}/environ").read_bytes() for pid in dumps_of(context)]
        attempt.cancel()
        await asyncio.wait({attempt})

    assert seen
    assert not [words for words in seen if b"the-private-key" in words]


def test_programs_give_way_to_what_serves_people():
    if shutil.which("nice") is None:
        pytest.skip("needs nice")

    words = installed(None)[0].call("pg_dump", "--version")

    assert words[:3] == ["nice", "-n", "10"]
    assert Path(words[3]).name == "pg_dump"


async def server_major(url):
    async with beside(url) as connection:
        return connection.get_server_version().major
