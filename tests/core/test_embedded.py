"""The embedded server: started, shared, stopped, and back after every kind of crash."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from app.core.embedded import EmbeddedServer
from app.core.embedded_programs import ServerRefused

ROOT = Path(__file__).parents[2]

OTHER_PROCESS = """
import sys, time
from pathlib import Path
from app.core.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), fast=True).start()
url = server.create_database("booking")
print("owner" if server.owned else "guest", flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data directory in a path with a space, made once and copied by each test."""
    directory = tmp_path_factory.mktemp("with space") / "postgres"
    with EmbeddedServer(directory, fast=True):
        pass
    return directory


@pytest.fixture
def directory(prepared, tmp_path):
    return copy(prepared, tmp_path / "a space" / "postgres")


def copy(prepared, directory):
    """Copy with owners, which `shutil` does not keep: root's server is not root."""
    directory.parent.mkdir()
    subprocess.run(["cp", "-a", prepared, directory], check=True)
    (directory / "run").rmdir()
    return directory


def other_process(directory):
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def finish(*processes):
    for process in processes:
        process.communicate(timeout=60)


def postmaster_pid(directory):
    return int((directory / "data" / "postmaster.pid").read_text().split()[0])


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def ask(server, question, *, database="postgres"):
    connection = await asyncpg.connect(server.url(database).replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_server_answers_on_its_socket_and_is_gone_afterwards(directory):
    with EmbeddedServer(directory, fast=True) as server:
        preloaded = await ask(server, "SHOW shared_preload_libraries")
        listening = await ask(server, "SHOW listen_addresses")

    assert (preloaded, listening) == ("pg_stat_statements", "")
    assert not (directory / "data" / "postmaster.pid").exists()


async def test_only_the_fast_server_risks_data_and_only_with_the_machine(directory):
    with EmbeddedServer(directory) as server:
        safe = [await ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    with EmbeddedServer(directory, fast=True) as server:
        fast = [await ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]

    assert safe == ["on", "on", "on"]
    assert fast == ["off", "on", "off"]


async def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(prepared, tmp_path):
    directory = copy(prepared, tmp_path / ("long " * 20) / "postgres")

    with EmbeddedServer(directory, fast=True) as server:
        answer = await ask(server, "SELECT 1")
        place = Path(await ask(server, "SELECT trim(current_setting('unix_socket_directories'), '\"')"))
        guest = other_process(directory)
        role = guest.stdout.readline()
        finish(guest)

    assert (answer, role) == (1, "guest\n")
    assert place.stat().st_mode & 0o777 == 0o700
    place.rmdir()


def test_another_process_joins_and_leaves_the_server_running(directory):
    with EmbeddedServer(directory, fast=True) as server:
        guest = other_process(directory)
        role = guest.stdout.readline()
        finish(guest)

        assert role == "guest\n"
        assert server.owned
        os.kill(postmaster_pid(directory), 0)


def test_of_starters_at_the_same_moment_one_starts_and_the_others_join(directory):
    racers = [other_process(directory) for _ in range(3)]
    roles = sorted(racer.stdout.readline() for racer in racers)
    finish(*racers)

    assert roles == ["guest\n", "guest\n", "owner\n"]


async def test_a_killed_starter_takes_its_server_along_and_the_next_one_has_the_data(directory):
    starter = other_process(directory)
    assert starter.stdout.readline() == "owner\n"
    orphan = postmaster_pid(directory)
    starter.kill()
    finish(starter)

    with EmbeddedServer(directory, fast=True) as server:
        assert server.owned
        assert postmaster_pid(directory) != orphan
        assert await ask(server, "SELECT 1", database="booking") == 1


async def test_a_killed_server_comes_back_with_what_was_committed(directory):
    with EmbeddedServer(directory) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 7 AS number")
        server.kill()
        server.start()

        assert await ask(server, "SELECT number FROM kept") == 7


async def test_a_pid_file_left_by_a_crash_is_no_obstacle_though_its_pid_is_taken(directory):
    with EmbeddedServer(directory, fast=True) as server:
        file = directory / "data" / "postmaster.pid"
        lines = file.read_text().splitlines()
        server.kill()
        file.write_text("\n".join([str(os.getppid()), *lines[1:], ""]))
        server.start()

        assert await ask(server, "SELECT 1") == 1


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(directory):
    with EmbeddedServer(directory, fast=True):
        assert os.getpgid(postmaster_pid(directory)) != os.getpgid(0)


def test_a_starter_interrupted_by_ctrl_c_leaves_nothing_running(directory):
    starter = other_process(directory)
    starter.stdout.readline()
    starter.send_signal(signal.SIGINT)
    starter.wait(60)
    starter.stdin.close()
    starter.stdout.close()

    wait_until(lambda: not (directory / "data" / "postmaster.pid").exists())


def test_a_database_is_created_once(directory):
    with EmbeddedServer(directory, fast=True) as server:
        assert server.create_database('odd "name"') == server.create_database('odd "name"')


def test_data_of_another_major_version_is_refused_in_one_line(directory):
    (directory / "data" / "PG_VERSION").write_text("14\n")

    with pytest.raises(ServerRefused, match="was made by PostgreSQL 14, installed is 1") as refused:
        EmbeddedServer(directory, fast=True).start()
    assert "\n" not in str(refused.value)


def test_a_server_that_cannot_start_says_why_and_where_the_log_is(directory):
    (directory / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(ServerRefused, match=r"no_such_setting.*server\.log|FATAL.*server\.log"):
        EmbeddedServer(directory, fast=True).start()


def test_a_directory_of_another_user_is_refused_in_one_line(directory, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(ServerRefused, match="belongs to another user"):
        EmbeddedServer(directory, fast=True).start()


def test_root_who_may_not_be_another_is_told_to_set_database_url(directory, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ServerRefused, match="set DATABASE_URL"):
        EmbeddedServer(directory, fast=True).start()


def test_without_the_wheel_one_line_names_the_ways_out(directory, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(ServerRefused, match="set DATABASE_URL, or run `make install`"):
        EmbeddedServer(directory, fast=True).start()


def test_a_dead_socket_file_is_not_a_server(directory, monkeypatch):
    (directory / "run").mkdir(mode=0o700)
    monkeypatch.chdir(directory / "run")  # the whole path of a socket may be too long
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(".s.PGSQL.5432")

    with EmbeddedServer(directory, fast=True) as server:
        assert server.owned
