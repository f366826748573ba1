"""pg_dump at work, and its way into the store. Blocking, but for what is said to be called from the event loop."""

import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import IO, Any

from app.core.embedded_programs import dying_with_us
from app.core.progress import Progress
from app.ops.backups.errors import ConnectionLost, DumpFailed, TablesLocked
from app.ops.backups.rules.manifests import Artefact
from app.ops.backups.service import programs
from app.ops.backups.service.context import BackupContext
from app.ops.backups.service.streaming import Tally, encrypted

OPTIONS = ("-Fc", "--no-owner", "--no-acl")
LOST = re.compile(r"connection|server closed|terminat|could not connect|SSL SYSCALL|timeout expired", re.IGNORECASE)
LOCKED = re.compile(r"due to (lock|statement) timeout")


class Dump:
    """A dump of one snapshot. Made from the event loop's thread, which outlives it: pg_dump ends with its maker."""

    def __init__(self, context: BackupContext, tools: programs.Programs, options: list[str], key: str) -> None:
        self._context, self._tools, self._key = context, tools, key
        self._recipients = context.recipients()
        self._process = subprocess.Popen(
            [*dying_with_us(), *tools.call("pg_dump", *OPTIONS, *options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=programs.environment(context.database_url),
        )
        self._said: deque[str] = deque(maxlen=20)
        self._failure: Exception | None = None

    def store(self, report: Progress) -> Artefact:
        """Put the dump into the store; it becomes an object only when pg_dump has ended well.

        Raises:
            DumpFailed, ConnectionLost, TablesLocked: pg_dump did not end well.
            StoreUnreachable, StoreRefused, StoreFull, ObjectExists: the store did not take it.
        """
        output, words = self._process.stdout, self._process.stderr
        assert output is not None
        assert words is not None
        listening = threading.Thread(target=self._listen, args=(words,), daemon=True)
        listening.start()
        plain, stored = Tally(partial(report, "dumping")), Tally()
        try:
            with closing(encrypted(output, self._recipients, plain, stored)) as pieces:  # type: ignore[arg-type]
                self._context.store.put(self._key, self._whole(pieces, listening))
        except Exception as failure:
            raise self._failure or failure from None  # a library between here and there may have words of its own
        finally:
            self.stop()
            output.close()
        return Artefact(
            key=self._key,
            bytes=stored.bytes,
            sha256=stored.sha256,
            plain_bytes=plain.bytes,
            plain_sha256=plain.sha256,
            encrypted=bool(self._recipients),
            tool_version=self._tools.version,
        )

    def _whole(self, pieces: Iterator[bytes], listening: threading.Thread) -> Iterator[bytes]:
        """Yield pieces, and at their end raise if pg_dump did not end well: half a dump must not be stored."""
        try:
            # Not `yield from`, which would first close the pieces, and they wait for pg_dump.
            for piece in pieces:  # noqa: UP028
                yield piece
            ended = self._process.wait()
            listening.join(timeout=10)
            if ended != 0:
                raise self._reason()
        except Exception as failure:
            self._failure = failure
            raise
        finally:
            self.stop()  # before anybody waits for it to write

    def _reason(self) -> Exception:
        errors = [line for line in self._said if "error:" in line or "FATAL" in line or "detail" in line] or ["no word"]
        if any(LOCKED.search(line) for line in errors):
            return TablesLocked()
        if any(LOST.search(line) for line in errors):
            return ConnectionLost()
        return DumpFailed(f"pg_dump failed: {errors[0].removeprefix('pg_dump: ')[:300]}")

    def _listen(self, words: IO[Any]) -> None:
        with words:
            for line in words:
                self._said.append(line.decode(errors="replace").strip())

    def stop(self) -> None:
        """End pg_dump if it still runs; may be called from anywhere, and again."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
