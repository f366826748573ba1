"""A folder as a store: who may read it, and what a killed writer leaves."""

import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.integrations.storage.errors import StoreRefused, StoreUnreachable
from app.integrations.storage.folder import DRAFT, Folder
from tests.integrations.storage.conftest import content

WRITER = """
import sys
from pathlib import Path
from app.integrations.storage.folder import Folder

def pieces():
    yield b"x" * 100_000
    print("half", flush=True)
    sys.stdin.read()

Folder(Path(sys.argv[1])).put("a/one", pieces())
"""

# The kernel refuses to let a file grow: what a quota does, too.
LIMITED = """
import resource, sys
from pathlib import Path
from app.core.errors import AppError
from app.integrations.storage.folder import Folder

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    Folder(Path(sys.argv[1])).put("a/one", [b"x" * 100_000] * 3)
except AppError as failure:
    print(failure.code)
"""


@contextmanager
def without_rights(path):
    """Be somebody who may not use a folder."""
    path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        path.chmod(0o700)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def killed(folder):
    """A store whose writer was killed in the middle of an object."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, folder.location], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"
        os.kill(writer.pid, signal.SIGKILL)
    return folder


def drafts(folder):
    return [path.name for path in folder.path.rglob(f"{DRAFT}*")]


def test_only_the_owner_reads_objects_and_the_folders_made_for_them(folder, tmp_path):
    previous = os.umask(0)
    try:
        folder.put("a/one", [b"secret"])
    finally:
        os.umask(previous)

    assert mode(folder.path / "a" / "one") == 0o600
    assert [mode(path) for path in (folder.path / "a", folder.path, folder.path.parent)] == [0o700] * 3


def test_a_killed_writer_leaves_nothing_that_counts(killed):
    assert killed.list() == {}
    assert len(drafts(killed)) == 1

    killed.put("a/one", [b"again"])

    assert content(killed, "a/one") == b"again"


def test_drafts_of_killed_writers_are_swept_when_they_are_old(killed):
    now = datetime.now(UTC)

    assert killed.sweep(now - timedelta(days=1)) == 0
    assert len(drafts(killed)) == 1
    assert killed.sweep(now + timedelta(seconds=1)) == 1
    assert drafts(killed) == []
    assert list(killed.path.iterdir()) == []


def test_an_emptied_folder_goes_and_the_store_itself_stays(folder):
    folder.put("a/b/one", [b"1"])

    folder.delete("a/b/one")

    assert not (folder.path / "a" / "b").exists()
    assert folder.path.is_dir()


def test_writing_wins_against_clearing_up_of_the_same_folder(folder):
    stop = threading.Event()

    def tidy():
        while not stop.is_set():
            folder.delete("a/none")

    tidying = threading.Thread(target=tidy)
    tidying.start()
    try:
        for number in range(15):
            folder.put(f"a/{number}", [b"x"])
            folder.delete(f"a/{number}")
    finally:
        stop.set()
        tidying.join()

    assert folder.list() == {}


def test_a_full_disk_is_named_and_leaves_nothing(folder):
    done = subprocess.run([sys.executable, "-c", LIMITED, folder.location], capture_output=True, text=True, timeout=30)

    assert (done.stdout, done.stderr) == ("store_full\n", "")
    assert folder.list() == {}
    assert drafts(folder) == []


def test_a_folder_that_may_not_be_used_is_refused_and_no_empty_store(folder):
    folder.put("a/one", [b"x"])

    with without_rights(folder.path):
        for act in (folder.list, lambda: folder.put("b/one", [b"x"]), lambda: content(folder, "a/one")):
            with pytest.raises(StoreRefused, match=r"folder .* \(Permission denied\)"):
                act()

    assert content(folder, "a/one") == b"x"


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "store").write_text("no folder")

    with pytest.raises(StoreUnreachable, match=r"folder .* \(File exists\): look at APP_BACKUP_URL"):
        Folder(tmp_path / "store").put("a/one", [b"x"])


def test_a_place_where_no_folder_can_be_made_is_no_missing_object():
    with pytest.raises(StoreUnreachable, match="No such file or directory"):
        Folder(Path("/proc/store")).put("a/one", [b"x"])
