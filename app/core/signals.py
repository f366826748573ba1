"""What happened in this process, in numbers: kept by the minute for an hour, and in all since the start.

Whoever measures adds; `ops` reads and carries it to the database, where the processes are put together. Nothing here
waits, reads the clock or grows without bound.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from app.core.faults import Failures
from app.core.ids import new_id
from app.core.sketch import Sketch

Key = TypeVar("Key")

MINUTES_KEPT = 65
"""So many minutes can be asked about in process; longer is what the database is for."""

_SET_BACK = 2
"""By so many minutes a clock may be set back as if it had stood still."""

STATEMENTS, POOL_WAIT = "statements", "pool_wait"
"""The keys of `Signals.database`."""

CARRIED = frozenset({"bookings", "messages", "voice_calls", "voice_untrue"})
"""Plain counters that are carried to the database, for workers count them too and answer no scrape."""

HANG = "hang"
"""The key of `Signals.tools` for callers whom an assistant kept waiting."""


def of_shapes() -> "Series[str]":
    """Return a series of keys that may be many: by five minutes, for that is a fifth of the memory and of the rows."""
    return Series(minutes=5)


class Tally:
    """How often something happened, how often it failed, and how long it took (milliseconds unless it says else)."""

    __slots__ = ("failed", "sketch")

    def __init__(self) -> None:
        self.failed = 0
        self.sketch = Sketch()

    @property
    def count(self) -> int:
        """How often."""
        return self.sketch.count

    def merge(self, other: "Tally") -> None:
        """Add what another has counted."""
        self.failed += other.failed
        self.sketch.merge(other.sketch)


class Series(Generic[Key]):
    """Tallies by key, in periods of so many whole minutes since the epoch.

    At most `most` keys a period: what comes beyond is counted in `dropped`, and not kept.
    """

    def __init__(self, *, most: int = 2_000, minutes: int = 1) -> None:
        self.dropped = 0
        self.length = minutes
        """Minutes of a period."""
        self._most = most
        self._now = 0
        self._current: dict[Key, Tally] = {}
        self._past: dict[Key, Tally] = {}
        self._periods: deque[tuple[int, dict[Key, Tally]]] = deque(maxlen=-(-MINUTES_KEPT // minutes))

    def add(self, key: Key, value: float, *, failed: bool = False) -> None:
        """Count one event and its length."""
        try:
            tally = self._current[key]
        except KeyError:
            if len(self._current) >= self._most:
                self.dropped += 1
                return
            tally = self._current[key] = Tally()
        tally.sketch.add(value)
        if failed:
            tally.failed += 1

    def rotate(self, minute: int) -> None:
        """Close the present period if `minute` (whole minutes since the epoch) lies in another.

        A clock set back by a little changes nothing; by more, periods that now lie ahead are forgotten, save in
        `since_start`, lest one be counted twice.
        """
        begins = minute - minute % self.length
        if self._periods and (begins == self._periods[-1][0] or 0 < self._now - minute <= _SET_BACK):
            self._now = max(self._now, minute)
            return
        self._now = minute
        if self._periods:
            self.dropped += _merge(self._past, self._current, most=self._most)
            self._current = {}
        while self._periods and self._periods[-1][0] >= begins:
            self._periods.pop()
        self._periods.append((begins, self._current))

    def minutes(self, last: int) -> list[tuple[int, Mapping[Key, Tally]]]:
        """Return the tallies by period, the present one among them, oldest first, by each period's first minute.

        They are those that hold some of the last so many minutes.
        """
        since = self._now - last
        return [(begins, tallies) for begins, tallies in self._periods if begins + self.length - 1 > since]

    def window(self, last: int) -> dict[Key, Tally]:
        """Return the tallies of the last so many minutes together."""
        whole: dict[Key, Tally] = {}
        for _, tallies in self.minutes(last):
            _merge(whole, tallies)
        return whole

    def parts(self) -> tuple[Mapping[Key, Tally], Mapping[Key, Tally]]:
        """Return the tallies of all periods that are over, together, and those of the present one."""
        return self._past, self._current

    def since_start(self) -> dict[Key, Tally]:
        """Return the tallies of all time; at most `most` keys are remembered from earlier periods."""
        whole: dict[Key, Tally] = {}
        _merge(whole, self._past)
        _merge(whole, self._current)
        return whole


def _merge(into: dict[Key, Tally], tallies: Mapping[Key, Tally], *, most: int | None = None) -> int:
    """Add tallies to others; return how many events found no place."""
    dropped = 0
    for key, tally in tallies.items():
        known = into.get(key)
        if known is None:
            if most is not None and len(into) >= most:
                dropped += tally.count
                continue
            known = into[key] = Tally()
        known.merge(tally)
    return dropped


@dataclass(frozen=True, slots=True)
class Answered:
    """The key of `Signals.requests`: which route answered how. `route` is a template, `<unmatched>` where none fits."""

    method: str
    route: str
    status: int


@dataclass(slots=True)
class Signals:
    """All that this process counts."""

    role: str = "web"
    process_id: UUID = field(default_factory=new_id)
    requests: Series[Answered] = field(default_factory=Series)
    queries: Series[str] = field(default_factory=of_shapes)
    """Execution by the fingerprint of a statement's shape, in milliseconds; pool wait is not in it."""
    pool_wait: Series[str] = field(default_factory=of_shapes)
    """What each request waited for connections in all, by its route (`GET /api/...`), in milliseconds."""
    loops: Series[str] = field(default_factory=of_shapes)
    """Shapes that one request ran again and again: how often, by `SHAPE ROUTE`."""
    database: Series[str] = field(default_factory=Series)
    """All statements, and each wait for a connection, whosever they were: `STATEMENTS` and `POOL_WAIT`."""
    loop_lag: Series[str] = field(default_factory=Series)
    tools: Series[str] = field(default_factory=Series)
    """Calls of tools by voice assistants, by tool, in milliseconds; `hang`: one kept its caller waiting."""
    carried: Series[str] = field(default_factory=of_shapes)
    """Those of `CARRIED`: the name and the values of its labels, which hold no spaces, with one between them."""
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Plain counters since the start: the name, then label values in the order that `ops/metrics` declares."""
    failures: Failures = field(default_factory=Failures)

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Add to a plain counter."""
        key = (name, *labels)
        self.counts[key] = self.counts.get(key, 0) + by
        if name in CARRIED:
            self.carried.add(" ".join(key), by)

    def rotate(self, now: datetime) -> None:
        """Begin a new minute where one has begun."""
        minute = int(now.timestamp() // 60)
        for series in self.all_series():
            series.rotate(minute)

    def all_series(self) -> Iterable[Series[Answered] | Series[str]]:
        """Return every series."""
        of_requests = (self.requests, self.queries, self.pool_wait, self.loops)
        return (*of_requests, self.database, self.loop_lag, self.tools, self.carried)
