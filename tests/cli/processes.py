"""Start commands of the service as processes, in a directory and an environment of their own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.generous import GENEROUS_IN_ENVIRONMENT

ROOT = Path(__file__).parents[2]
SILENT = {"APP_LOG_LEVEL": "warning", "APP_RATE_LIMITS": GENEROUS_IN_ENVIRONMENT}


def start(*arguments, directory, **variables):
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "PYTHONPATH": str(ROOT), **SILENT, **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process):
    """Return the status with which a process ends, and what it wrote; not the alerts of a busy machine."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, "".join(line for line in err.splitlines(True) if '"event":"alert"' not in line)


def booking(*arguments, directory, **variables):
    return finish(start(*arguments, directory=directory, **variables))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(port, path="/api/services"):
    """Return the HTTP status of a path, or None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return None


def wait_until_served(process, port):
    deadline = time.monotonic() + 60
    while status(port) is None:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
