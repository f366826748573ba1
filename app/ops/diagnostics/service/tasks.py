"""The asyncio tasks that run, how old they are and what they wait for."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from app.ops.diagnostics.rules import short
from app.ops.diagnostics.schemas import Group, Task

LOOK_SECONDS = 5.0
MOST_FRAMES = 40
MOST_GROUPS = 50


class Ages:
    """When each task was first seen: looked at every few seconds, for a factory would cost every request."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: WeakKeyDictionary[asyncio.Task[Any], float] = WeakKeyDictionary()

    def look(self) -> None:
        """Note the tasks that are new."""
        now = self._clock()
        for task in asyncio.all_tasks():
            self._seen.setdefault(task, now)

    def of(self, task: "asyncio.Task[Any]") -> float:
        """Return how many seconds a task has been there at least."""
        return self._clock() - self._seen[task]


def told(ages: Ages, *, most: int) -> tuple[int, list[Task], list[Group]]:
    """Return how many tasks run, the oldest of them, and what most of them are at."""
    ages.look()
    running = sorted(asyncio.all_tasks(), key=ages.of, reverse=True)
    groups = Counter(_coroutine(task) for task in running)
    shown = [
        Task(
            name=task.get_name()[:100],
            coroutine=_coroutine(task),
            age_seconds=round(ages.of(task), 1),
            stack=[frame for frame, _ in zip(_frames(task.get_coro()), range(MOST_FRAMES), strict=False)],
        )
        for task in running[:most]
    ]
    often = [Group(coroutine=name, count=count) for name, count in groups.most_common(MOST_GROUPS)]
    return len(running), shown, often


def _coroutine(task: "asyncio.Task[Any]") -> str:
    return str(getattr(task.get_coro(), "__qualname__", type(task.get_coro()).__name__))[:200]


def _frames(waiting: Any) -> Iterator[str]:
    """Yield where a coroutine stands, then what it awaits, and so on; `Task.get_stack` would tell the first alone."""
    while waiting is not None:
        frame: FrameType | None = getattr(waiting, "cr_frame", None) or getattr(waiting, "gi_frame", None)
        if frame is not None:
            yield f"{short(frame.f_code.co_filename)}:{frame.f_lineno} in {frame.f_code.co_name}"
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "gi_yieldfrom", None)
