"""Where log lines go: each is written at once, and counted by who wrote it."""

import logging
import sys
from dataclasses import dataclass
from functools import partialmethod
from typing import Any, TextIO

_MOST = 500


@dataclass(slots=True)
class Volume:
    """How much was written since the start."""

    lines: int = 0
    bytes: int = 0


volumes: dict[tuple[str, str], Volume] = {}
"""What this process has logged, by logger and level."""


def _count(logger: str, level: str, line: str) -> None:
    volume = volumes.get((logger, level))
    if volume is None:
        if len(volumes) >= _MOST:
            logger = "others"
        volume = volumes.setdefault((logger, level), Volume())
    volume.lines += 1
    volume.bytes += len(line.encode("utf-8", "replace")) + 1


class Lines:
    """Writes what structlog has rendered, for one logger; a line is one write, so those of processes do not mix."""

    __slots__ = ("_stream", "name")

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def _write(self, level: str, line: str) -> None:
        _count(self.name, level, line)
        self._stream.write(f"{line}\n")
        self._stream.flush()

    debug = partialmethod(_write, "debug")
    info = partialmethod(_write, "info")
    warning = partialmethod(_write, "warning")
    error = partialmethod(_write, "error")
    critical = partialmethod(_write, "critical")


class LinesFactory:
    """Makes the writer of a logger, which is named for the module that first uses it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, *name: Any) -> Lines:
        """Return the writer."""
        return Lines(str(name[0]) if name else _module_that_logs(), self._stream)


def _module_that_logs() -> str:
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("structlog"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "app"))


class CountingHandler(logging.StreamHandler[TextIO]):
    """Writes what others log through the standard library."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and count it."""
        line = super().format(record)
        _count(record.name, record.levelname.lower(), line)
        return line
