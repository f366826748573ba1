"""Uploads of processes of their own: how much memory a large one takes, and what is left when one is killed."""

import os
import signal
import subprocess
import sys

import pytest

from app.integrations.storage.errors import ObjectMissing
from app.integrations.storage.objects import PART_BYTES
from tests.integrations.storage.conftest import content

LARGE = bytes(2 * PART_BYTES)
UPLOAD = """
import os, resource, sys
from datetime import timedelta
from app.core.config import Settings
from app.integrations.storage.objects import Objects
from tests import s3

endpoint, prefix, megabytes, pause = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "pause"
store = Objects(s3.BUCKET, prefix, Settings.model_validate({"env": "test", **s3.settings(endpoint, prefix)}))
store.put("warm/up", [b"x"])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def pieces():
    for _ in range(megabytes):
        yield os.urandom(1 << 20)
    if pause:
        print("half", flush=True)
        sys.stdin.read()

store.put("a/one", pieces())
size = sum(len(piece) for piece in store.get("a/one"))
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def uploading(endpoint, prefix, megabytes, mode):
    return subprocess.Popen(
        [sys.executable, "-c", UPLOAD, endpoint, prefix, str(megabytes), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.prove
def test_a_large_object_goes_and_comes_through_little_memory(s3_server, prefix):
    with uploading(s3_server.endpoint, prefix, 300, "whole") as upload:
        size, grown = upload.communicate(timeout=60)[0].split()

    assert int(size) == 300 << 20
    assert int(grown) / 1024 < 60


def test_an_upload_that_was_killed_leaves_nothing_that_counts(s3_server, prefix, objects):
    with uploading(s3_server.endpoint, prefix, 20, "pause") as upload:
        assert upload.stdout is not None
        assert upload.stdout.readline() == "half\n"
        os.kill(upload.pid, signal.SIGKILL)

    assert list(objects.list()) == ["warm/up"]
    with pytest.raises(ObjectMissing):
        content(objects, "a/one")
    objects.put("a/one", [LARGE])
    assert content(objects, "a/one") == LARGE
