"""Where things are on this machine: who starts them writes it down, and commands in other terminals read it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from app.core.config import Caller
from app.core.stand_ins import RUNNING, is_alive

PORT = 4010
"""Of the stand-ins; mail has the next one."""


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of the service and of the stand-ins, and a key of an operator's; None: not known.

    `accounts` are the settings by which the stand-ins are used, by account; commands beside read them.
    """

    service: str | None = None
    sandbox: str | None = None
    key: str | None = field(default=None, repr=False)
    accounts: Mapping[str, Mapping[str, Any]] | None = field(default=None, repr=False)


@contextmanager
def written_down(places: Places, path: Path = RUNNING) -> Iterator[None]:
    """Keep the places in a file for its owner alone, for the length of the block.

    What another process wrote there comes back afterwards, if that one still runs: stand-ins that are
    started beside `make run` must not make it unknown when they end.
    """
    before, mine = _content(path), json.dumps({**asdict(places), "process": os.getpid()})
    _write(path, mine)
    try:
        yield
    finally:
        if _content(path) == mine:
            if before is not None and _is_of_the_living(before):
                _write(path, before)
            else:
                path.unlink(missing_ok=True)


def _content(path: Path) -> str | None:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return None


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(content)
    draft.rename(path)


def _is_of_the_living(content: str) -> bool:
    """Return whether the process that wrote this still runs."""
    try:
        return is_alive(json.loads(content)["process"])
    except (ValueError, TypeError, KeyError):
        return False


def written(path: Path = RUNNING) -> Places:
    """Return what was written down; nothing where nothing was, or nothing that can be read."""
    try:
        content = json.loads(path.read_text())
        return Places(*(content.get(each.name) for each in fields(Places)))
    except (OSError, ValueError, AttributeError):
        return Places()


def known(caller: Caller, path: Path = RUNNING) -> Places:
    """Return where things are: as the settings say, else as it was written down, else where they usually are."""
    found = written(path)
    service = caller.url or found.service or f"http://127.0.0.1:{caller.port}"
    return Places(service.rstrip("/"), found.sandbox or f"http://127.0.0.1:{PORT}", caller.key or found.key)
