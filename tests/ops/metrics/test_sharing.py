"""The directory that the processes of an instance share: whole files, and no more of them than there is need for."""

import fcntl
import os
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from app.ops.metrics.rules import Snapshot, put_together
from app.ops.metrics.service.sharing import MOST_DEAD, bury, read_all, write

REQUEST = ("GET", "/", "200")


def counted(number, at=100.0):
    snapshot = Snapshot(at)
    snapshot.put("http_requests", *REQUEST, value=number)
    snapshot.put("http_request_duration_seconds", "GET", "/", value=[float(number), 1.0])
    snapshot.put("server_processes", value=1)
    return snapshot


def requests(directory):
    return put_together(read_all(directory), now=101.0).families["http_requests"][REQUEST]


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def leave(directory, pid, snapshot):
    """Write as a process of that number did."""
    write(directory, uuid4(), snapshot)
    (own,) = directory.glob(f"{os.getpid()}-*.json")
    own.rename(directory / f"{pid}-{uuid4()}.json")


def test_what_is_written_is_read_as_it_was(tmp_path):
    process = uuid4()
    write(tmp_path, process, counted(4))
    write(tmp_path, process, counted(5))

    (read,) = read_all(tmp_path)
    assert (read.at, read.families) == (100.0, counted(5).families)


def test_few_dead_are_left_in_peace(tmp_path, dead):
    for _ in range(MOST_DEAD):
        leave(tmp_path, dead, counted(1))
    bury(tmp_path)

    assert len(read_all(tmp_path)) == MOST_DEAD


def test_whoever_holds_the_lock_keeps_nobody_waiting(tmp_path, dead):
    for _ in range(MOST_DEAD + 1):
        leave(tmp_path, dead, counted(1))
    with (tmp_path / "lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        bury(tmp_path)
        assert requests(tmp_path) == [MOST_DEAD + 1]

    bury(tmp_path)
    assert len(read_all(tmp_path)) == 1


def test_killed_in_the_middle_it_counts_nothing_twice(tmp_path, dead, monkeypatch):
    for _ in range(MOST_DEAD + 1):
        leave(tmp_path, dead, counted(2))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_arguments, **_options: None)
        bury(tmp_path)

    assert len(list(tmp_path.glob("*.json"))) == MOST_DEAD + 2
    assert requests(tmp_path) == [2 * (MOST_DEAD + 1)]
    for _ in range(MOST_DEAD):
        leave(tmp_path, dead, counted(1))
    bury(tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert requests(tmp_path) == [2 * (MOST_DEAD + 1) + MOST_DEAD]


def test_many_dead_are_put_together_and_the_living_stay(tmp_path, dead):
    for _ in range(3):
        for _ in range(MOST_DEAD + 1):
            leave(tmp_path, dead, counted(2))
        bury(tmp_path)
    write(tmp_path, uuid4(), counted(7))
    bury(tmp_path)

    assert requests(tmp_path) == [2.0 * 3 * (MOST_DEAD + 1) + 7]
    assert len(read_all(tmp_path)) == 2
    buried = next(each for each in read_all(tmp_path) if each.families["http_requests"][REQUEST] != [7.0])
    assert "server_processes" not in buried.families
