"""pg_restore as a reader of dumps: does it find all tables, does it get to the end. Blocking; runs in threads."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from app.ops.backups.errors import ProgramsTooOld, VerificationStopped
from app.ops.backups.service import programs

UNUSABLE = 126
"""From this on, a status tells of the program, or of who ended it, not of what it read."""
WANTED = ("--list",), ("--file=/dev/null",)
"""Of level 2, and of level 3."""


class Archive:
    """pg_restore at work on a dump that is handed to it piece by piece; it needs no database for that."""

    def __init__(self, tools: programs.Programs, *options: str) -> None:
        self._process = subprocess.Popen(
            tools.call("pg_restore", *options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # its messages quote rows
            env=programs.bare_environment(),
        )
        self._printed = b""
        self._listening = Thread(target=self._listen, daemon=True)
        self._listening.start()

    def give(self, piece: bytes) -> None:
        """Hand it the next piece. It may have ended by then: what it needs not, it does not read."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            if not stdin.closed:
                stdin.write(piece)
        except BrokenPipeError:
            self._hang_up()

    def ended(self) -> tuple[bool, str]:
        """Tell it that this was the end; return whether it was content, and what it printed.

        Raises:
            VerificationStopped: it did not end by itself.
        """
        self._hang_up()
        status = self._process.wait()
        self._listening.join()
        if status < 0 or status >= UNUSABLE:
            raise VerificationStopped
        return status == 0, self._printed.decode(errors="replace")

    def stop(self) -> None:
        """End it if it still runs, and let go of all that belongs to it."""
        if self._process.poll() is None:
            self._process.kill()
        self._hang_up()
        self._process.wait()
        self._listening.join()

    def _hang_up(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.close()
        except BrokenPipeError:
            return

    def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with stdout:
            self._printed = stdout.read()


@contextmanager
def archives(tool_version: str, folder: str | None, level: int) -> Iterator[list[Archive]]:
    """Start what level 2 needs (the list of contents), and level 3 (a reader of all).

    Raises:
        ProgramsMissing: there is no pg_restore.
        ProgramsTooOld: those that are here cannot read what the newer version of them has written.
    """
    try:
        tools = programs.for_server(int(tool_version.partition(".")[0]), folder)
    except ProgramsTooOld:
        raise ProgramsTooOld(
            f"The backup was made by pg_dump {tool_version}, and pg_restore here is older: install that version of it."
        ) from None
    started: list[Archive] = []
    try:
        started.extend(Archive(tools, *options) for options in WANTED[: level - 1])
        yield started
    finally:
        for archive in started:
            archive.stop()
