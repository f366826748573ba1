"""What this process takes of the machine that it runs on: CPU, memory, and how much of either it may have.

In a container the control group says how much (version 2 or 1); without a limit it is the whole machine.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import psutil

WINDOW_SECONDS = 10.0
"""CPU is told over at least so long, once the process is old enough: a peak of a second is no trouble."""

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_NO_LIMIT = 2**60
"""Version 1 has no word for "no limit", only a number that no machine reaches."""


class MachineFigures(TypedDict):
    """`cpu_percent` is of what one process can use: a core, or the container's share of one where that is less.

    `used_bytes` is what counts against `limit_bytes`: of the whole container where it has a limit (`limited`), caches
    of files aside, else the process' own resident memory against the machine's.
    """

    cpu_percent: float
    cpu_seconds: float
    rss_bytes: int
    used_bytes: int
    limit_bytes: int
    limited: bool
    uptime_seconds: float


class Machine:
    """Looks at the process and its container; reads small files only, so it may be asked from the event loop."""

    def __init__(
        self,
        *,
        groups: Path = _GROUPS,
        own_groups: Path = _OWN_GROUPS,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._process = psutil.Process()
        self._folders = _folders(groups, own_groups)
        self._clock, self._cpu_clock = clock, cpu_clock
        self._began = clock()
        self._samples = deque([(self._began, cpu_clock())])
        self._cores = min([1.0, *_cpu_limits(self._folders)])

    def figures(self) -> MachineFigures:
        """Return how much the process takes now; CPU over the last 10 to 20 s when asked every 10 s."""
        now, cpu = self._clock(), self._cpu_clock()
        while len(self._samples) > 1 and now - self._samples[1][0] >= WINDOW_SECONDS:
            self._samples.popleft()
        began, before = self._samples[0]
        if now - self._samples[-1][0] >= 1:
            self._samples.append((now, cpu))
        rss = self._process.memory_info().rss
        limit, used = _memory(self._folders)
        return MachineFigures(
            cpu_percent=round(100 * (cpu - before) / max(now - began, 0.01) / self._cores, 1),
            cpu_seconds=round(cpu, 3),
            rss_bytes=rss,
            used_bytes=rss if used is None else used,
            limit_bytes=psutil.virtual_memory().total if limit is None else limit,
            limited=limit is not None,
            uptime_seconds=round(now - self._began, 1),
        )


def _folders(groups: Path, own_groups: Path) -> list[Path]:
    """Return the folders of the process' control groups, each with those that it lies in: they limit it too."""
    folders: list[Path] = []
    for line in _read(own_groups).splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            folder = (groups / controller / path.lstrip("/")) if controller else groups / path.lstrip("/")
            while folder != groups.parent and folder.is_relative_to(groups):
                folders.append(folder)
                folder = folder.parent
    return [*dict.fromkeys(folders), *(groups / name for name in ("", "memory", "cpu") if groups / name not in folders)]


def _cpu_limits(folders: list[Path]) -> list[float]:
    """Return how many cores each group allows."""
    limits = []
    for folder in folders:
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        quota = quota or _read(folder / "cpu.cfs_quota_us")
        period = period or _read(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal() and int(period):
            limits.append(int(quota) / int(period))
    return limits


def _memory(folders: list[Path]) -> tuple[int | None, int | None]:
    """Return the least memory that a group allows and what is used of that; None where nothing limits it."""
    least, used = None, None
    for folder in folders:
        text = _read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes")
        if text.isdecimal() and int(text) < min(least or _NO_LIMIT, _NO_LIMIT):
            least, used = int(text), _used(folder)
    return least, used


def _used(folder: Path) -> int | None:
    used = _read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes")
    facts = dict(line.split(" ", 1) for line in _read(folder / "memory.stat").splitlines() if " " in line)
    given_back = facts.get("total_inactive_file") or facts.get("inactive_file") or "0"
    return max(0, int(used) - int(given_back)) if used.isdecimal() else None


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
