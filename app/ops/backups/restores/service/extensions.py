"""Extensions of a dump that this server does not let us have: what is of no use to the data is left out. Blocking."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from app.ops.backups.service.programs import Programs

NEEDED = frozenset({"btree_gist", "plpgsql"})
"""Without these there are no tables: that they are refused must be said, in the server's words."""
_ENTRY = re.compile(r"^\d+;.* EXTENSION (?:- )?(\S+) *$")


@contextmanager
def fitting(
    tools: Programs, environment: dict[str, str], file: BinaryIO
) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Yield the options by which pg_restore leaves out what the server refuses, and the names of that.

    Statistics of statements, say, which somebody who may do everything had switched on in the database that was
    backed up, and which an ordinary role can neither create nor comment on.
    """
    listed = subprocess.run(
        tools.call("pg_restore", "--list"), stdin=file, capture_output=True, text=True, env=environment, check=False
    ).stdout.splitlines()
    file.seek(0)
    names = {found[1] for line in listed if (found := _ENTRY.match(line))}
    refused = tuple(sorted(name for name in names - NEEDED if _is_refused(tools, environment, name)))
    if not refused:
        yield [], ()
        return
    kept = [line for line in listed if not ((found := _ENTRY.match(line)) and found[1] in refused)]
    with tempfile.NamedTemporaryFile("w", prefix="booking-restore-", suffix=".list") as contents:
        contents.write("\n".join([*kept, ""]))
        contents.flush()
        yield [f"--use-list={contents.name}"], refused


def _is_refused(tools: Programs, environment: dict[str, str], name: str) -> bool:
    """Try, and take it back: hosts permit by rules of their own."""
    quoted = name.replace('"', '""')
    attempt = tools.call("psql", "-X", "-q", "-c", f'BEGIN; CREATE EXTENSION IF NOT EXISTS "{quoted}"; ROLLBACK')
    return subprocess.run(attempt, capture_output=True, env=environment, check=False).returncode != 0
