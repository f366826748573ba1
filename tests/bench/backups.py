"""What a backup and its drill take at 300,000 bookings, and what bookings notice of a backup."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
import pyrage

from tests.bench.filling import fill
from tests.bench.stand import Stand
from tests.bench.table import Row, percentile
from tests.bench.wishes import A_DAY
from tests.bench.wishes import bookings as wishes
from tests.races.practice import Practice
from tests.races.wire import Caller

CLIENTS, LAST_DAY = 30, 10
FREE = (LAST_DAY + 10) * A_DAY
PACE, CALLERS = 20, 8
"""Bookings a second, sent when they are due whether or not the last was answered."""
LOOK_SECONDS = 0.02


class Commands:
    """`booking backup …` as a person runs it, on the stand's database, with keys and a folder of its own."""

    def __init__(self, stand: Stand) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": stand.database.url.replace("+asyncpg", ""),
            "APP_SECRET_KEY": "0" * 32,
            "APP_BACKUP_URL": str(stand.directory / "backups"),
            "APP_BACKUP_RECIPIENT": str(identity.to_public()),
        }
        self.with_key = {"APP_BACKUP_IDENTITY": str(identity)}
        self._log = stand.directory / "commands.log"

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a command; it says on standard output what it did."""
        command = [sys.executable, "-m", "app.cli", "backup", *words, "--json"]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, env={**self.environment, **environment}
            )

    def finish(self, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
        """Return what a command did.

        Raises:
            AssertionError: it failed; figures of failures measure nothing.
        """
        said, _ = process.communicate()
        assert process.returncode == 0, self._log.read_text()[-2_000:]
        done: dict[str, Any] = json.loads(said)
        return done


async def backups(stand: Stand) -> list[Row]:
    """Seconds and memory of a backup, what bookings lose meanwhile, and seconds until it is restored and proven."""
    practice = await stand.practice()
    clients = min(CLIENTS, max(1, stand.scale.kept // 100))
    await fill(stand.database.dsn, practice, stand.scale.kept, last_day=LAST_DAY, clients=clients)
    commands = Commands(stand)
    quiet, megabytes = await _alone(commands)
    beside, without = await _beside(stand, practice, commands)
    began = perf_counter()
    await asyncio.to_thread(commands.finish, commands.start("drill", "latest", **commands.with_key))
    drilled = perf_counter() - began
    size = f"{stand.scale.kept:,} bookings"
    latency = (
        f"p95 {percentile(beside.seconds, 0.95) * 1000:.1f} ms beside {percentile(without.seconds, 0.95) * 1000:.1f} ms"
    )
    return [
        Row(f"backup of {size}", quiet, "s", None, "encrypted, into a folder, read again and hashed", 30, False),
        Row("memory of that, pg_dump included, at its peak", megabytes, "MB", None, "", 150, False),
        Row(
            f"bookings a second that are made of {PACE} wanted while a backup runs",
            *(beside.rate, "/s", without.rate, f"the same without ({latency})", 0.9, True),
        ),
        Row(f"restore and level 4 of {size}", drilled, "s", None, "of the backup made meanwhile", 120, False),
    ]


async def _alone(commands: Commands) -> tuple[float, float]:
    """Return the seconds of a backup, and the most memory that it and its programs had together."""
    began = perf_counter()
    process = commands.start("run")
    most = 0.0
    while process.poll() is None:
        most = max(most, _megabytes(process.pid))
        await asyncio.sleep(LOOK_SECONDS)
    elapsed = perf_counter() - began
    commands.finish(process)
    return elapsed, most


def _megabytes(pid: int) -> float:
    """Return the resident memory of a process and its children, what they share counted once."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        proportional = [Path(f"/proc/{each.pid}/smaps_rollup").read_text() for each in family]
    except (psutil.NoSuchProcess, OSError):
        return 0.0
    kilobytes = [int(each.partition("\nPss:")[2].split()[0]) for each in proportional if "\nPss:" in each]
    return sum(kilobytes) / 1024


class Pace:
    """What became of bookings that were wanted at a steady pace: seconds from when each was due to its answer."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.elapsed = 0.0

    @property
    def rate(self) -> float:
        """Bookings made a second."""
        return len(self.seconds) / self.elapsed


async def _beside(stand: Stand, practice: Practice, commands: Commands) -> tuple[Pace, Pace]:
    """Return bookings while a backup runs, and as long without one."""
    own = wishes(practice, FREE)
    with stand.web("backups") as web:
        await _paced(web.port, own, lambda elapsed: elapsed < 1)
        process = commands.start("run")
        beside = await _paced(web.port, own, lambda _elapsed: process.poll() is None)
        await asyncio.to_thread(commands.finish, process)
        without = await _paced(web.port, own, lambda elapsed: elapsed < beside.elapsed)
    return beside, without


async def _paced(port: int, own: Iterator[bytes], going_on: Any) -> Pace:
    """Send bookings when they are due, from a few connections, until it is over; all that were sent are answered."""
    seen, began = Pace(), perf_counter()
    free: asyncio.Queue[Caller] = asyncio.Queue()
    callers = [Caller(port) for _ in range(CALLERS)]
    for caller in callers:
        free.put_nowait(caller)

    async def book(due: float) -> None:
        caller = await free.get()
        answer = await caller.send(next(own))
        assert answer.status == 201, answer.body
        free.put_nowait(caller)
        seen.seconds.append(perf_counter() - due)

    number = 0
    async with asyncio.TaskGroup() as group:
        while going_on(perf_counter() - began):
            due = began + number / PACE
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(book(due))
            number += 1
    seen.elapsed = perf_counter() - began
    for caller in callers:
        caller.close()
    return seen
