"""What diagnostics say. Code is named by file, line and function; no value of anybody's is shown."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.clock import Instant
from app.core.schemas import Wire
from app.ops.schemas import Report

Count = Annotated[int, Field(ge=0)]


class Task(Wire):
    """A task: seen for so long at least, and where it waits, the outermost coroutine first."""

    name: str
    coroutine: str
    age_seconds: float
    stack: list[str]


class Group(Wire):
    """How many tasks run one coroutine."""

    coroutine: str
    count: Count


class Tasks(Report):
    """The tasks of the event loop, the oldest first."""

    count: Count
    groups: list[Group]
    tasks: list[Task]


class Site(Wire):
    """A line that allocated, and what of that is still held."""

    place: str
    bytes: Count
    blocks: Count


class Sites(Wire):
    """What was allocated while it was watched, and is still held."""

    seconds: int
    bytes: Count
    top: list[Site]


class GrowthOf(Wire):
    """By how many bytes resident memory has grown; null before the first look, a minute after the start."""

    since_start_bytes: int | None
    last_hour_bytes: int | None


class RssAt(Wire):
    """Resident memory at a moment."""

    at: Instant
    rss_bytes: Count


class Collector(Wire):
    """The garbage collector by generation: objects since the last run, runs, objects freed and not freeable."""

    counts: list[int]
    collections: list[int]
    collected: list[int]
    uncollectable: list[int]
    frozen: int


class Memory(Report):
    """Resident memory in bytes, how it has grown, and on demand who allocates."""

    rss_bytes: Count
    used_bytes: Count
    limit_bytes: Count
    limited: bool
    growth: GrowthOf
    samples: list[RssAt]
    gc: Collector
    threads: Count
    sites: Sites | None


class Branch(Wire):
    """A function as called by those above it, and in how many samples it was."""

    name: str
    samples: Count
    children: list["Branch"]


class Profile(Report):
    """What the event loop's thread did, by samples; `idleSamples` of them found it waiting."""

    seconds: int
    hertz: int
    samples: Count
    idle_samples: Count
    tree: Branch
    collapsed: list[str]


class Logger(Wire):
    """How much one logger has written at one level."""

    logger: str
    level: str
    lines: Count
    bytes: Count
    lines_last_hour: Count


class Logs(Report):
    """Who writes how much, the busiest of the last hour first."""

    lines: Count
    bytes: Count
    loggers: list[Logger]


Form = Literal["json", "collapsed"]
