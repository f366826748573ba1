"""Tables of phrases written by hand, each with what it is read as: `tables/*.txt`.

A line is `phrase = reading ; start of the next reading ; …`, or the reason where there is none. A reading is a date,
`from..to` of dates, a date with a time, or with two; an `m` behind it says that its grain is the minute,
an `h` the hour. A line `# now …` says when, in which zone and region the lines after it are said; a date without
its year is of that year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.phrases.rules import Readings, read_time

DAY = timedelta(days=1)
TABLES = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Line:
    """One phrase, when and where it is said, and what it is read as."""

    phrase: str
    expected: str
    now: datetime
    region: str

    def read(self) -> Readings:
        return read_time(self.phrase, self.now, str(self.now.tzinfo), self.region)


def lines(name: str) -> Iterator[Line]:
    """Yield the lines of one table."""
    now, region = datetime(2026, 1, 1, tzinfo=UTC), ""
    for text in (TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if text.startswith("# now "):
            _, _, stamp, zone, region = text.split()
            now = datetime.fromisoformat(stamp).replace(tzinfo=ZoneInfo(zone))
        elif " = " in text:
            phrase, _, expected = text.rpartition(" = ")
            yield Line(phrase, expected, now, region)


def written(line: Line) -> str:
    """Return what a line is read as, as the tables write it."""
    found = line.read()
    if found.best is None:
        return str(found.reason)
    told = [_first(found.best), *(_start(reading.start, reading.grain) for reading in found.readings[1:])]
    return " ; ".join(told).replace(f"{line.now.year}-", "")


def _first(reading) -> str:
    start = _start(reading.start, reading.grain)
    if reading.end is None:
        return start
    if reading.grain == "day":
        return start if reading.end - reading.start == DAY else f"{start}..{_start(reading.end, 'day')}"
    midnight = reading.end - DAY == reading.start.replace(hour=0, minute=0)
    end = "24:00" if midnight else f"{reading.end:%H:%M}"
    usual = "m" if reading.start.minute or reading.end.minute else "h"
    given = "m" if reading.grain == "minute" else "h"
    return f"{start}..{end}" + (f" {given}" if given == "m" or usual == "m" else "")


def _start(wall: datetime, grain: str) -> str:
    return f"{wall:%Y-%m-%d}" if grain == "day" else f"{wall:%Y-%m-%d %H:%M}"
