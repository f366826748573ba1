"""Questions about availability for hypothesis to draw, placed around real clock changes."""

from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.schedule.rules import Agenda, Ask, Block, Calendar, Terms, WeeklyWindow

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
)
MINUTE, HOUR, A_DAY = 60, 3_600, 86_400


class Question(NamedTuple):
    """A whole question, a part [start, end) of its span, and instants to ask about one by one."""

    terms: Terms
    agendas: list[Agenda]
    ask: Ask
    part: tuple[int, int]
    instants: list[int]


def changes(zone: str, year: int) -> list[int]:
    """Return the hours, in epoch seconds, at which a zone's clocks change in a year."""

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()

    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    days = range(first, first + 365 * A_DAY, A_DAY)
    changing = [day for day in days if offset(day) != offset(day + A_DAY)]
    return [h for day in changing for h in range(day + HOUR, day + A_DAY + HOUR, HOUR) if offset(h - HOUR) != offset(h)]


# Tehran has kept its clocks since 2022 and Apia since 2021; at the end of 2011 Apia left out a whole day.
CHANGES = [(zone, at) for year in (2026, 2021, 2022) for zone in ZONES for at in changes(zone, year)]
CHANGES += [("Pacific/Apia", at) for at in changes("Pacific/Apia", 2011)[-1:]]


def minutes(*choices: int) -> tuple[int, ...]:
    """Return lengths that are given in minutes in seconds."""
    return tuple(choice * MINUTE for choice in choices)


def mixes(*choices: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw one of each at once, the simplest first: each draw costs more than what is drawn."""
    return st.sampled_from(list(product(*choices)))


# All strategies are made once: to make them anew for every question took longer than to answer it.
walls = st.one_of(st.sampled_from((0, 30, 60, 90, 135, 150, 190, 540, 1320, 1410, 1439)), st.integers(0, 1439))
usual_hours = ((540, 1020), (0, 1440), (1320, 300), (720, 720), (150, 420), (30, 240), (190, 600), (1380, 135))
hours = st.one_of(st.sampled_from(usual_hours), st.tuples(walls, st.one_of(walls, st.just(1440))))
weekdays = tuple(map(frozenset, (range(1, 8), range(1, 8), range(1, 6), (6, 7), (1, 3, 5, 7), (7,))))
weekly_windows = st.builds(lambda days, window: WeeklyWindow(days, *window), st.sampled_from(weekdays), hours)
weeks = st.lists(weekly_windows, min_size=1, max_size=2)
overrides = st.tuples(st.integers(-3, 3), st.lists(hours, max_size=2).map(tuple))
buffers = mixes(minutes(0, 0, 5, 15, 30, 60, 120), minutes(0, 0, 10, 15, 30, 90))
lengths = st.one_of(
    st.sampled_from(minutes(10, 15, 20, 30, 45, 50, 60, 90, 120, 5, 240, 720, 1440)),
    st.integers(1, 200).map(lambda n: n * MINUTE),
)
grids = mixes(("window", "clock", "free_start"), minutes(0, 0, 0, 5, 25))
bounds = mixes(minutes(0, 0, 0, 1, 90, 1440), (None, None, None, None, 0, 1, 2), (None, None, None, 1, 2, 5))
places = mixes((1, 1, 1, 2, 10), ("any", "any", "all"))


@st.composite
def services(draw: st.DrawFn) -> Terms:
    """Draw a service."""
    before, after = draw(buffers)
    grid, offset = draw(grids)
    notice, horizon, limit = draw(bounds)
    capacity, assign = draw(places)
    interval = draw(st.one_of(st.just(0), lengths))
    return Terms(draw(lengths), before, after, interval, offset, grid, notice, horizon, limit, capacity, assign)


class Rough(NamedTuple):
    """What blocks a resource, before its service and the question are known.

    It starts so many steps of the grid after the first weekly window's opening on a date near by, or so
    many minutes from midnight.
    """

    kind: tuple[str, float, int, int]
    day: int
    steps: int | None
    minutes: int
    length: int | None
    buffers: tuple[int, int]

    def blocks(self, terms: Terms, now: float, opening: datetime) -> list[Block]:
        """Return what it means where a window opens then: several blocks where bookings share a session."""
        kind, left, seats, times = self.kind
        opened = int((opening + timedelta(days=self.day)).timestamp()) + terms.offset
        start = opened + (self.minutes * MINUTE if self.steps is None else self.steps * terms.step)
        end = start + (terms.duration if self.length is None else self.length)
        if kind == "nothing":
            return [Block(start - self.buffers[0], start + self.buffers[1], start, start)]
        if kind == "outside":
            return [Block(start, end, start, end, bookings=0)]
        until = now + left if kind == "hold" else None
        blocked = (start - self.buffers[0], end + self.buffers[1])
        return [Block(*blocked, start, end, kind != "other", seats, 1, until)] * times


kinds = mixes(("booking", "hold", "other", "outside", "nothing"), (300, 0.001, 0, -1), (1, 1, 2, 9, 10), (1, 1, 1, 2))
steps = st.sampled_from((0, 1, 2, 3, 5, 8, None))
roughs = st.builds(
    Rough, kinds, st.integers(-2, 2), steps, st.integers(-720, 720), st.one_of(st.none(), st.none(), lengths), buffers
)


class Host(NamedTuple):
    """A resource, before the question is known."""

    zone: str | None
    week: list[WeeklyWindow]
    overrides: list[tuple[int, Any]]
    blocks: list[Rough]

    def agenda(self, name: str, zone: str, terms: Terms, around: int, now: float) -> Agenda:
        """Return what it means around an instant, in a zone unless it has its own."""
        zone = self.zone or zone
        today = datetime.fromtimestamp(around, ZoneInfo(zone)).date()
        overridden = {today + timedelta(days=days): windows for days, windows in self.overrides}
        opening = datetime.combine(today, time(), ZoneInfo(zone)) + timedelta(minutes=self.week[0].start)
        blocks = [block for rough in self.blocks for block in rough.blocks(terms, now, opening)]
        blocks.sort(key=lambda block: block.start)
        return Agenda(name, Calendar(zone, tuple(self.week), overridden), blocks)


hosts = st.builds(
    Host,
    st.sampled_from((None, None, *ZONES)),
    weeks,
    st.one_of(st.just([]), st.lists(overrides, max_size=2)),
    st.lists(roughs, max_size=4),
)
host_lists = {most: st.lists(hosts, min_size=1, max_size=most) for most in (1, 2, 3)}
times = st.tuples(st.sampled_from(CHANGES), st.integers(-48 * 60, 12 * 60), st.sampled_from((0.0, 0.0, 0.25, 30.0)))
spans = st.tuples(st.integers(-36, 48), mixes((0, 0, 1, MINUTE), (HOUR, A_DAY, 2 * A_DAY, 3 * A_DAY)))
parts = st.tuples(st.integers(0, 16), st.integers(0, 16)).map(sorted)
instants = st.tuples(*[st.integers(-60, 2880).map(lambda n: n * MINUTE)] * 2)


@st.composite
def questions(draw: st.DrawFn, *, most: int) -> Question:
    """Draw a service, its resources (1 to `most`), and what is asked about them."""
    (zone, change), since, fraction = draw(times)
    terms, now = draw(services()), change + since * MINUTE + fraction
    agendas = [
        host.agenda(f"host {number}", zone, terms, change, now) for number, host in enumerate(draw(host_lists[most]))
    ]
    hour, (off, length) = draw(spans)
    start = int(now) + hour * HOUR + off
    first, last = (start + length * sixteenths // 16 for sixteenths in draw(parts))
    seats = draw(st.sampled_from((1, 1, 1, terms.capacity, terms.capacity + 1)))
    asked = [int(now) // MINUTE * MINUTE + later for later in draw(instants)]
    return Question(terms, agendas, Ask(start, start + length, now, seats), (first, last), asked)
