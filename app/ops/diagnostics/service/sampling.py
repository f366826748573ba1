"""A profile of the event loop's thread by looking at it from another, a hundred times a second.

It slows nothing down but for the time that a look takes (some microseconds), and needs no restart.
"""

import sys
import threading
from collections import Counter
from types import CodeType

from app.ops.diagnostics.rules import Stack, short

HERTZ = 100
MOST_FRAMES = 120

Codes = tuple[CodeType, ...]


class Sampler:
    """Looks at one thread until it is stopped."""

    def __init__(self, thread_id: int) -> None:
        self._thread_id = thread_id
        self._stopped = threading.Event()
        self._seen: Counter[Codes] = Counter()
        self._thread = threading.Thread(target=self._look, name="profile", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns at once."""
        self._stopped.set()

    def stacks(self) -> dict[Stack, int]:
        """Return what was seen and how often, once it has ended."""
        self._thread.join()
        found: Counter[Stack] = Counter()
        for codes, samples in self._seen.items():
            found[tuple(map(_name, reversed(codes)))] += samples
        return dict(found)

    def _look(self) -> None:
        while not self._stopped.wait(1 / HERTZ):
            frame = sys._current_frames().get(self._thread_id)
            codes: list[CodeType] = []
            while frame is not None and len(codes) < MOST_FRAMES:
                codes.append(frame.f_code)
                frame = frame.f_back
            self._seen[tuple(codes)] += 1


def _name(code: CodeType) -> str:
    return f"{code.co_qualname} ({short(code.co_filename)}:{code.co_firstlineno})".replace(";", ",")
