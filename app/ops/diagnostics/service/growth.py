"""How memory and logs have grown, from a look each minute."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.log_lines import Volume, volumes

HOUR = timedelta(hours=1)
MINUTES = 61


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one moment: resident memory in bytes, lines logged since the start."""

    at: datetime
    rss_bytes: int
    lines: dict[tuple[str, str], int]


@dataclass(slots=True)
class Growth:
    """The looks of the last hour, and the first of all."""

    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=MINUTES))
    first: Look | None = None

    def look(self, rss_bytes: int, *, now: datetime) -> None:
        """Take note of the present."""
        look = Look(now, rss_bytes, {key: volume.lines for key, volume in volumes.items()})
        self.first = self.first or look
        self.looks.append(look)

    def an_hour_ago(self, now: datetime) -> Look | None:
        """Return the earliest look that is not older than an hour."""
        return next((look for look in self.looks if now - look.at <= HOUR), None)

    def grown(self, rss_bytes: int, *, now: datetime) -> tuple[int | None, int | None]:
        """Return by how many bytes memory has grown since the first look, and within the last hour."""
        before = self.an_hour_ago(now)
        since_first = None if self.first is None else rss_bytes - self.first.rss_bytes
        return since_first, None if before is None else rss_bytes - before.rss_bytes

    def logged(self, *, now: datetime) -> list[tuple[str, str, Volume, int]]:
        """Return logger, level, volume since the start and lines within the last hour, the busiest first."""
        before = self.an_hour_ago(now)
        earlier = {} if before is None else before.lines
        rows = [
            (logger, level, volume, volume.lines - earlier.get((logger, level), 0))
            for (logger, level), volume in volumes.items()
        ]
        return sorted(rows, key=lambda row: (-row[3], -row[2].lines, row[0], row[1]))
