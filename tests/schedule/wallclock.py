"""What clocks on walls read, minute by minute; nothing but ZoneInfo is asked.

Minutes are counted from the epoch, UTC. A reading is what a local clock shows, counted in minutes
from its own midnight of 1970-01-01, so that it can be compared and divided.
"""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

A_DAY, QUARTER = 1440, 15
_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a date."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """Return the date so many days after 1970-01-01."""
    return date.fromordinal(number + _EPOCH)


class WallClock:
    """The clock on one wall over some UTC days, first to last, both included.

    It is looked at every quarter of an hour: clocks of this century change on nothing finer.
    """

    def __init__(self, zone: str, first: int, last: int) -> None:
        self.lo, self.hi = first * A_DAY, (last + 1) * A_DAY
        self.readings: list[int] = []
        self._first: dict[int, int] = {}
        local, latest = ZoneInfo(zone), -1
        for minute in range(self.lo, self.hi, QUARTER):
            at = datetime.fromtimestamp(minute * 60, local)
            reading = day_number(at) * A_DAY + at.hour * 60 + at.minute
            self.readings.extend(range(reading, reading + QUARTER))
            if minute > self.lo:
                self._first.update(dict.fromkeys(range(latest + 1, reading), minute))
            unseen = range(max(reading, latest + 1), reading + QUARTER)
            self._first.update(zip(unseen, range(minute + QUARTER - len(unseen), minute + QUARTER), strict=True))
            latest = max(latest, reading + QUARTER - 1)

    def reading(self, minute: int) -> int:
        """Return what the clock shows at a minute."""
        return self.readings[minute - self.lo]

    def day(self, minute: int) -> int:
        """Return the local date at a minute, as its number."""
        return self.reading(minute) // A_DAY

    def first(self, day: int, wall: int) -> int:
        """Return the first minute at which the clock reads the wall time (0 to 1440) of a date, or later."""
        return self._first[day * A_DAY + wall]


@lru_cache(maxsize=96)
def wall_clock(zone: str, first: int, last: int) -> WallClock:
    """Return the clock of a zone over some UTC days; it is the same for every question about them."""
    return WallClock(zone, first, last)
