"""What a shell needs for the examples of our pages: curl whose refusals are errors, our commands, and jq."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def path_of(tools: Path) -> str:
    """Put the tools into a folder, and return the PATH that finds them first.

    Where jq is not installed, something in its place lets JSON through and fails on all else.
    """
    _write(tools / "curl", f'exec {shutil.which("curl")} --fail-with-body --max-time 20 "$@"')
    if shutil.which("jq") is None:
        _write(tools / "jq", f'exec "{sys.executable}" -m json.tool')
    return f"{tools}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"


def _write(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
