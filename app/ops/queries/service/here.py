"""The view of this process alone, from its memory: it needs no database."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.core.signals import MINUTES_KEPT, Series, Tally
from app.core.tracking import Recorder
from app.ops.queries.rules.choosing import SHAPES_MINUTES, floor
from app.ops.queries.rules.figures import Seen
from app.ops.queries.service.views import CRITICAL_MS, SLOW_MS, Summary, Tracked


class Here:
    """One process, since it began or for the last hour."""

    def __init__(self, recorder: Recorder, started_at: datetime, now: datetime) -> None:
        self._recorder = recorder
        self._started_at = started_at
        self._now = now
        recorder.signals.rotate(now)

    def begin(self, since: datetime) -> datetime:
        """Return the beginning of the five minutes that an instant lies in; no earlier than is remembered."""
        return floor(max(since, self._now - timedelta(minutes=MINUTES_KEPT - SHAPES_MINUTES)), SHAPES_MINUTES)

    def reaches(self, since: datetime) -> bool:
        """Whether it is remembered, or the process is no older."""
        return since >= self._now - timedelta(minutes=MINUTES_KEPT) or self._started_at >= since

    async def tracked(self) -> Tracked:
        """Return since when this process counts, and how many runs found no room."""
        return Tracked(self._started_at, dropped_by(self._recorder), late=False)

    async def seen(self, since: datetime) -> list[Seen]:
        """Return every shape that was run."""
        middle = since + (self._now - since) / 2
        whole, earlier = self._tallies("queries", since), self._tallies("queries", since, until=middle)
        nothing, recorder, clock = Tally(), self._recorder, time.perf_counter()
        return [
            Seen(
                *(shape, tally.count, tally.failed, tally.sketch.total, tally.sketch.most),
                *(earlier.get(shape, nothing).count, earlier.get(shape, nothing).sketch.total),
                routes=tuple(sorted(recorder.routes.get(shape, ()))),
                last_seen=self._now - timedelta(seconds=clock - recorder.last.get(shape, clock)),
            )
            for shape, tally in whole.items()
        ]

    async def summary(self, since: datetime, top: int) -> Summary:
        """Return the figures of all shapes that were run, and so many of those that took the most time."""
        seen = sorted(await self.seen(since), key=lambda each: (-each.total, each.shape))
        slow, critical = (sum(each.mean >= bound for each in seen) for bound in (SLOW_MS, CRITICAL_MS))
        return Summary(len(seen), slow, critical, sum(each.total for each in seen), seen[:top])

    async def tallies(self, kind: str, since: datetime, keys: Sequence[str] | None = None) -> Mapping[str, Tally]:
        """Return a kind of samples by key."""
        found = self._tallies(kind, since)
        return found if keys is None else {key: found[key] for key in keys if key in found}

    async def spells(self, kind: str, since: Sequence[datetime]) -> Sequence[Mapping[str, Tally]]:
        """Return a kind of samples by key for each of several instants."""
        return [self._tallies(kind, instant) for instant in since]

    async def texts(self, shapes: Sequence[str]) -> Mapping[str, str]:
        """Return the statements of shapes, without literals."""
        return {shape: self._recorder.shapes.text(shape) or "" for shape in shapes}

    def _tallies(self, kind: str, since: datetime, until: datetime | None = None) -> dict[str, Tally]:
        series: Series[str] = getattr(self._recorder.signals, kind)
        if until is None and since < self._now - timedelta(minutes=MINUTES_KEPT):
            return series.since_start()
        first, last = since.timestamp() / 60, (until or self._now).timestamp() / 60
        found: dict[str, Tally] = {}
        for begins, tallies in series.minutes(MINUTES_KEPT):
            if begins >= first and (until is None or begins < last):
                for key, tally in tallies.items():
                    found.setdefault(key, Tally()).merge(tally)
        return found


def dropped_by(recorder: Recorder) -> int:
    """Return how many runs of statements found no room in a process."""
    return recorder.shapes.dropped + recorder.signals.queries.dropped
